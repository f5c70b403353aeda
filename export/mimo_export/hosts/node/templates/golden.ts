/** The golden vectors: inputs, and what Keras answered; replayed, they prove this host. */

import { compare, type Row, type Tolerance } from "./compare.js";
import { Model, contract } from "./client.js";
import { HERE, NAME, read, version } from "./runtime.js";
import type { Data, Dtype, Input, LoadOptions, Output } from "./types.js";

const CASES = "model/golden/cases.json";

interface StoredArray {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly path: string;
}

interface StoredCase {
  readonly name: string;
  readonly inputs: readonly StoredArray[];
  readonly outputs: readonly StoredArray[];
}

interface Stored {
  readonly tolerance: Tolerance;
  readonly cases: readonly StoredCase[];
}

/** One golden data set, under the contract's names. */
export interface Case {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly outputs: Readonly<Record<string, Output>>;
}

/** What `verify` prints. */
export interface Report {
  readonly format_version: 1;
  readonly model: string;
  readonly runtime: string;
  readonly version: string;
  readonly host: string;
  readonly passed: boolean;
  readonly tolerance: Tolerance;
  readonly outputs: readonly Row[];
}

/** Read every golden data set. */
export async function readCases(): Promise<{ cases: Case[]; tolerance: Tolerance }> {
  const text = new TextDecoder().decode(await read(new URL(CASES, HERE)));
  const stored = JSON.parse(text) as Stored;
  const cases: Case[] = [];
  for (const { name, inputs, outputs } of stored.cases) {
    cases.push({ name, inputs: await readArrays(inputs), outputs: await readArrays(outputs) });
  }
  return { cases, tolerance: stored.tolerance };
}

/** Run every golden data set and compare every output with Keras's. */
export async function verify(host: string, options: LoadOptions = {}): Promise<Report> {
  const { cases, tolerance } = await readCases();
  const model = await Model.load({ ...options, nan: "pass" });
  try {
    const answers: Record<string, Output>[] = [];
    for (const { inputs } of cases) answers.push(await model.runByName(inputs));
    const outputs = contract.outputs.map((spec) => {
      const pairs = cases.map((stored, index) => ({
        case: stored.name,
        expected: stored.outputs[spec.name] as Output,
        got: answers[index]?.[spec.name] as Output,
      }));
      return compare(spec, pairs, tolerance);
    });
    const passed = outputs.length > 0 && outputs.every((row) => row.status === "pass");
    const facts = { model: contract.model, runtime: NAME, version: version(), host };
    return { format_version: 1, ...facts, passed, tolerance, outputs };
  } finally {
    await model.release();
  }
}

async function readArrays(stored: readonly StoredArray[]): Promise<Record<string, Output>> {
  const found: Record<string, Output> = Object.create(null);
  for (const { name, dtype, shape, path } of stored) {
    const bytes = await read(new URL(path, HERE));
    found[name] = { data: decode(dtype, bytes), dims: shape };
  }
  return found;
}

const ARRAYS = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Return what a file of plain elements holds; JavaScript's platforms are little-endian, as it is. */
function decode(dtype: Dtype, bytes: Uint8Array): Data {
  if (dtype === "string") return decodeTexts(bytes);
  // A copy, because the elements need not lie at a multiple of their size.
  return new ARRAYS[dtype](bytes.slice().buffer);
}

/** Each string is its length in bytes as uint32, then UTF-8. */
function decodeTexts(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const texts: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + 4 + view.getUint32(start, true);
    texts.push(decoder.decode(bytes.subarray(start + 4, end)));
    start = end;
  }
  return texts;
}
