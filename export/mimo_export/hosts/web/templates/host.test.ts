/** `npm test`: the tests of every platform, each in the page, with one thread and with two. */

import { test } from "node:test";

import { withPage } from "./browser.js";
import { serve } from "./server.js";

interface Named {
  readonly name: string;
  readonly skip?: string;
}

for (const threads of [1, 2]) {
  test(`in the browser, threads: ${threads}`, async (suite) => {
    await withPage(threads, async (page) => {
      const names = (await page.evaluate("globalThis.host.testNames()")) as Named[];
      for (const { name, skip } of names) {
        await suite.test(name, { skip: skip ?? false }, async () => {
          await page.evaluate(`globalThis.host.test(${JSON.stringify(name)})`);
        });
      }
      await suite.test("more threads than the page began with are refused", async () => {
        const code = await page.evaluate(
          `globalThis.host.verify(${threads + 1}).catch((error) => error.code)`,
        );
        if (code !== "environment") throw new Error(`${String(code)} instead of environment`);
      });
      await suite.test("the buttons work", async () => {
        await page.click("#run");
        await page.waitForFunction(
          "document.getElementById('status').textContent === 'One row was run.'",
        );
        await page.click("#verify");
        await page.waitForFunction(
          "document.getElementById('status').textContent.includes('every output agrees')",
        );
      });
    });
  });
}

test("the server shows the page's files alone", async () => {
  const { server, address } = await serve(0);
  try {
    for (const name of [
      "package.json",
      "node_modules/onnxruntime-web/package.json",
      "..%2fsecret",
      "dist/../package.json",
      "dist/%2e%2e/package.json",
      "%",
      "dist",
    ]) {
      const answer = await fetch(address + name);
      if (answer.ok) throw new Error(`${name} was served`);
    }
    const page = await fetch(address);
    if (!page.ok || page.headers.get("cross-origin-embedder-policy") !== "require-corp") {
      throw new Error("the page or its headers are missing");
    }
    if ((await fetch(address, { method: "POST" })).status !== 405)
      throw new Error("POST was taken");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
