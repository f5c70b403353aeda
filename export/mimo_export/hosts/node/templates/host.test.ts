/** `npm test`: the tests of every platform, on Node.js. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { HERE, read } from "./runtime.js";
import { tests, type Platform } from "./tests.js";

const folder = await mkdtemp(join(tmpdir(), "host-"));
after(() => rm(folder, { recursive: true }));

const platform: Platform = {
  read: (path) => read(new URL(path, HERE)),
  url: async (content) => {
    const path = join(folder, "altered.onnx");
    await writeFile(path, content);
    return path;
  },
  memory: async () => {
    (globalThis as { gc?: () => void }).gc?.();
    return process.memoryUsage().rss;
  },
  // Many small calls: a second thread would only wait.
  options: { threads: 1 },
};

for (const { name, run, skip } of tests(platform)) {
  test(name, { skip: skip ?? false }, run);
}
