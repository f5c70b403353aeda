/** Part of `npm run build`: put the runtime's files where the page finds them. */

import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FILES = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

const source = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
const target = fileURLToPath(new URL("../../vendor/", import.meta.url));
await mkdir(target, { recursive: true });
for (const file of FILES) await copyFile(join(source, file), join(target, file));
