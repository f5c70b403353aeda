/**
 * Replay the golden vectors in a browser and print one JSON document: exit code 0 all agree, 1 not,
 * 2 not run. `verify.js 2` uses two threads.
 */

import { withPage } from "./browser.js";

interface Outcome {
  readonly passed: boolean;
  readonly runtime: string;
  readonly host: string;
}

try {
  const threads = Number(process.argv[2] ?? 1);
  const report = await withPage(threads, async (page) => {
    const found = (await page.evaluate(`globalThis.host.verify(${threads})`)) as Outcome;
    const workers = page.workers().length;
    if (threads > 1 && workers === 0)
      throw new Error(`${threads} threads were asked for, and no worker was started`);
    return { ...found, runtime: `${found.runtime}, ${threads} thread${threads === 1 ? "" : "s"}` };
  });
  console.log(JSON.stringify(report));
  process.exitCode = report.passed ? 0 : 1;
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
