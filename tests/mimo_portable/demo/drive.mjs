/**
 * Use the page as people do, and print what it showed as one JSON document: test_init.py compares it.
 *
 * node drive.mjs ADDRESS FOLDER: FOLDER holds node_modules, picture.png and no-picture.png, and gets
 * the screenshots. CHROMIUM names the browser.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const [, , address, folder] = process.argv;
const require = createRequire(join(folder, "package.json"));
const { chromium } = require("playwright-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  // Chromium's sandbox refuses to be started by root, as containers do.
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
const found = { strange: [], errors: [], widths: {}, axe: {} };

try {
  const page = await open(1280, 900, "light");
  found.isolated = await page.evaluate("crossOriginIsolated");
  found.tabs = await tabOrder(page);
  found.medical = await medical(page);
  found.forecast = await forecast(page);
  found.sentiment = await sentiment(page);
  found.reports = await compare(page);
  found.axe.desktop = await violations(page);
  await page.screenshot({ path: join(folder, "desktop.png"), fullPage: true });
  await page.close();

  const phone = await open(360, 740, "dark");
  found.reportsOnPhone = await compare(phone);
  found.widths.phone = await phone.evaluate("document.documentElement.scrollWidth");
  found.axe.phone = await violations(phone);
  await phone.screenshot({ path: join(folder, "phone.png"), fullPage: true });
  await phone.close();
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));

async function open(width, height, colorScheme) {
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme,
    reducedMotion: "reduce",
  });
  page.on("pageerror", (error) => found.errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && found.errors.push(message.text()));
  await page.route("**/*", (route) => {
    if (route.request().url().startsWith(address)) return route.continue();
    found.strange.push(route.request().url());
    return route.abort();
  });
  // The page's own policy would refuse it as a script of the page.
  await page.addInitScript(axe);
  await page.goto(address);
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".status")].every((s) => !s.textContent.startsWith("Loading")),
  );
  return page;
}

/** What Tab reaches, in order, from the beginning of the page to its end. */
async function tabOrder(page) {
  const names = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const it = document.activeElement;
      if (it === document.body || it === null) return "";
      const group = it.closest("section[id], nav, header")?.id ?? "";
      const style = getComputedStyle(it.closest(".drop, .thumb") ?? it);
      const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      return `${group}/${it.id || it.ariaLabel || it.hash || it.textContent.trim() || it.type}${shown ? "" : " (no ring)"}`;
    });
    if (!name || names.includes(name)) return names;
    names.push(name);
  }
}

/** Wait until what an action causes has been shown, and return what the status says. */
async function settle(page, id) {
  await page.waitForFunction(
    (name) => document.querySelector(`#${name} .results[aria-busy="true"]`) === null,
    id,
  );
  return page.textContent(`#${id}-status`);
}

async function medical(page) {
  const read = async () => ({
    status: await settle(page, "medical"),
    shares: await lengths(page, "#medical .diagnosis .fill"),
    names: await page.$$eval("#medical .diagnosis .name", (names) =>
      names.map((n) => n.textContent),
    ),
    risk: (await lengths(page, "#medical .risk .fill"))[0],
    labelled: (await page.$("#medical .risk .mark")) !== null,
    error: await page.textContent("#medical-pressure-error"),
    invalid: await page.getAttribute("#medical-pressure", "aria-invalid"),
    chart: await page.getAttribute("#medical .chart svg", "aria-label"),
    description: await page.textContent("#medical .description"),
  });
  const examples = [];
  const select = page.locator("#medical-example");
  await select.focus();
  for (let index = 0; index < (await select.locator("option").count()); index++) {
    if (index) await page.keyboard.press("ArrowDown");
    examples.push(await read());
  }
  await page.focus("#medical .step[data-step='1']");
  await page.keyboard.press("Enter");
  const first = await read();
  const field = page.getByLabel("Systolic blood pressure in mmHg");
  await field.fill("90");
  const typed = await read();
  const wrong = {};
  for (const text of ["", "high", "1e999", "-5"]) {
    await field.fill(text);
    wrong[text] = await read();
  }
  await field.fill("90");
  const again = await read();
  await page.getByLabel("Systolic blood pressure, slider").focus();
  await page.keyboard.press("ArrowRight");
  const slid = { ...(await read()), pressure: await field.inputValue() };
  return { examples, first, typed, wrong, again, slid };
}

async function forecast(page) {
  const read = async () => ({
    status: await settle(page, "forecast"),
    rows: await page.$$eval("#forecast .horizons tbody tr", (rows) =>
      rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
    ),
    marks: await page.$$eval("#forecast .chart .forecast-mark", (marks) => marks.length),
    truths: await page.$$eval("#forecast .chart .truth-mark", (marks) => marks.length),
    description: await page.textContent("#forecast .description"),
  });
  const examples = [];
  const count = await page.locator("#forecast-example option").count();
  await page.focus("#forecast .step[data-step='1']");
  for (let index = 0; index < count; index++) {
    if (index) await page.keyboard.press("Space");
    examples.push(await read());
  }
  return { examples };
}

async function sentiment(page) {
  const text = page.getByLabel("Sentence");
  const run = page.locator("#sentiment").getByRole("button", { name: "Run the model" });
  const read = async () => ({
    status: await settle(page, "sentiment"),
    // The bar begins in the middle, and ends at the probability.
    positive: await page.$eval("#sentiment .fill", (fill) => {
      const [left, width] = [parseFloat(fill.style.left), parseFloat(fill.style.width)];
      return (left < 50 ? left : left + width) / 100;
    }),
    shown: await page.textContent("#sentiment .gauge .value"),
    words: await page.$$eval("#sentiment .words li", (items) =>
      items.map((item) => item.textContent),
    ),
    note: await page.textContent("#sentiment .words-note"),
    stale: (await page.$("#sentiment .results.stale")) !== null,
    labelled: (await page.$("#sentiment .mark")) !== null,
    picture: await page.getAttribute("#sentiment canvas", "aria-label"),
    fileError: await page.textContent("#sentiment-file-error"),
    textError: await page.textContent("#sentiment-text-error"),
    focus: await page.evaluate("document.activeElement.id"),
  });
  const examples = [];
  const count = await page.locator("#sentiment .thumbs input").count();
  await page.locator("#sentiment .thumbs input").first().focus();
  for (let index = 0; index < count; index++) {
    if (index) await page.keyboard.press("ArrowRight");
    examples.push(await read());
  }
  const thumbs = await page.$$eval("#sentiment .thumbs img", (images) => images.map((i) => i.alt));

  await page.setInputFiles("#sentiment-file", join(folder, "picture.png"));
  await text.fill("Dear friends, the soup was VERY good; zzyzx!");
  const changed = await read();
  await text.focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const own = await read();

  await page.setInputFiles("#sentiment-file", join(folder, "no-picture.png"));
  const noPicture = await read();
  await text.fill("  ");
  await run.click();
  const noText = await read();
  await page.getByRole("button", { name: "Remove the picture" }).press("Enter");
  await text.fill("good");
  await run.press("Enter");
  const nothing = await read();
  await drop(page, await readFile(join(folder, "picture.png")));
  await text.fill("Dear friends, the soup was VERY good; zzyzx!");
  await run.press("Space");
  const dropped = await read();
  return { examples, thumbs, changed, own, noPicture, noText, nothing, dropped };
}

async function drop(page, bytes) {
  const transfer = await page.evaluateHandle(
    (content) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(content)], "dropped.png", { type: "image/png" }));
      return data;
    },
    [...bytes],
  );
  await page.dispatchEvent("#sentiment .drop", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("#sentiment .drop", "drop", { dataTransfer: transfer });
  await settle(page, "sentiment");
}

async function compare(page) {
  const reports = {};
  for (const id of ["sentiment", "forecast", "medical"]) {
    await page
      .locator(`#${id}`)
      .getByRole("button", { name: `Compare ${id} with Keras` })
      .press("Enter");
    await page.waitForFunction(
      (name) => /^[✓✗]/.test(document.querySelector(`#${name} .compared`).textContent),
      id,
      { timeout: 60_000 },
    );
    reports[id] = {
      told: await page.textContent(`#${id} .compared`),
      rows: await page.$$eval(`#${id} .report tbody tr`, (rows) =>
        rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
      ),
    };
  }
  return reports;
}

async function lengths(page, selector) {
  return page.$$eval(selector, (fills) => fills.map((fill) => parseFloat(fill.style.width) / 100));
}

async function violations(page) {
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}
