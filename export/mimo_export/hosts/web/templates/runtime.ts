/** onnxruntime in the browser, and how a page reads files. */

import * as ort from "onnxruntime-web/wasm";

import { HostError } from "./errors.js";

export { ort };

export const NAME = "onnxruntime-web";

/** The project's folder, as the server shows it. */
export const HERE = new URL("../", import.meta.url);

/** Return the runtime's version. */
export function version(): string {
  return ort.env.versions.web ?? "unknown";
}

/**
 * Return a file's content, where a size is stated at most one byte more than that: not every answer
 * has an end.
 */
export async function read(location: string | URL, stated?: number): Promise<Uint8Array> {
  const answer = await fetch(location);
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  if (stated === undefined || answer.body === null) {
    return new Uint8Array(await answer.arrayBuffer());
  }
  const reader = answer.body.getReader();
  const found = new Uint8Array(stated + 1);
  let length = 0;
  while (length < found.length) {
    const { done, value } = await reader.read();
    if (done) break;
    const part = value.subarray(0, found.length - length);
    found.set(part, length);
    length += part.length;
  }
  await reader.cancel();
  return found.subarray(0, length);
}

/**
 * Return the SHA-256 in hexadecimal digits.
 *
 * @throws HostError with code `environment`: browsers compute it for https and localhost alone.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  if (!globalThis.isSecureContext) {
    throw new HostError(
      "environment",
      "this page is no secure context, so that it cannot compute SHA-256",
      {
        where: globalThis.location.href,
        remedy: "serve the page from https, or from localhost",
      },
    );
  }
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

let started: number | undefined;

/**
 * Return the runtime's options for a number of threads. A page has one pool, made by the first model
 * that it loads; one thread where none is asked for.
 *
 * @throws HostError with code `environment`: the page may not have threads, or has another number.
 */
export function sessionOptions(threads: number | undefined): ort.InferenceSession.SessionOptions {
  const wanted = threads ?? started ?? 1;
  if (wanted > 1 && !globalThis.crossOriginIsolated) {
    throw new HostError(
      "environment",
      `${wanted} threads; this page has no shared memory, and hence one`,
      {
        remedy:
          "send the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
      },
    );
  }
  if (started !== undefined && started !== wanted) {
    throw new HostError("environment", `${wanted} threads; this page began with ${started}`, {
      remedy: "load every model of a page with the same number of threads",
    });
  }
  started = wanted;
  ort.env.wasm.numThreads = wanted;
  return { executionProviders: ["wasm"], logSeverityLevel: 3 };
}
