/** onnxruntime on Node.js, and how this platform reads files. */

import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import * as ort from "onnxruntime-node";

export { ort };

export const NAME = "onnxruntime-node";

/** The project's folder. */
export const HERE = new URL("../", import.meta.url);

/** Return the runtime's version. */
export function version(): string {
  return ort.env.versions.node ?? "unknown";
}

/**
 * Return a file's content, where a size is stated at most one byte more than that: not every file has
 * an end.
 */
export async function read(location: string | URL, stated?: number): Promise<Uint8Array> {
  if (stated === undefined) return readFile(location);
  const file = await open(location);
  try {
    const found = new Uint8Array(stated + 1);
    let length = 0;
    while (length < found.length) {
      const { bytesRead } = await file.read(found, length, found.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return found.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** Return the SHA-256 in hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Return the runtime's options for a number of threads; its own choice where there is none. */
export function sessionOptions(threads: number | undefined): ort.InferenceSession.SessionOptions {
  const errorsOnly = { logSeverityLevel: 3 } as const;
  return threads === undefined ? errorsOnly : { ...errorsOnly, intraOpNumThreads: threads };
}
