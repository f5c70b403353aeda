/** The page in a browser without a window, which can reach this project's server and nothing else. */

import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium, type Page } from "playwright-core";

import { serve } from "./server.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Open the page, do some work with it, and close everything.
 *
 * @throws Error: there is no browser, or the page asked for something that is not of this project.
 */
export async function withPage<T>(threads: number, work: (page: Page) => Promise<T>): Promise<T> {
  const { server, address } = await serve(0);
  try {
    const browser = await chromium.launch({
      executablePath: await findBrowser(),
      args: [
        // So that measuring the memory does not wait for the next collection of garbage.
        "--enable-blink-features=ForceEagerMeasureMemory",
        // Chromium's sandbox refuses to be started by root, as containers do.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ],
    });
    try {
      const page = await browser.newPage();
      const strange: string[] = [];
      await page.route("**/*", (route) => {
        if (route.request().url().startsWith(address)) return route.continue();
        strange.push(route.request().url());
        return route.abort();
      });
      await page.goto(`${address}?threads=${threads}`);
      await page.waitForFunction("globalThis.host !== undefined", undefined, { timeout: 30_000 });
      const found = await work(page);
      if (strange.length) throw new Error(`the page asked for ${strange.join(", ")}`);
      return found;
    } finally {
      await browser.close();
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function findBrowser(): Promise<string> {
  const named = process.env.CHROMIUM;
  if (named) return named;
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      if (
        await access(path).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
  }
  throw new Error(
    `none of ${NAMES.join(", ")} is on the PATH; name a browser in the variable CHROMIUM`,
  );
}
