/** What is checked before the runtime is called: it takes much that is wrong, and answers nonsense. */

import { convert, describe, isFloat } from "./convert.js";
import { HostError } from "./errors.js";
import type { Contract, Data, LoadOptions, TensorSpec } from "./types.js";

/** An input as the runtime gets it. */
export interface Ready {
  readonly data: Data;
  readonly dims: readonly number[];
}

/** What `check` found: inputs in the contract's order, and the size of every symbol. */
export interface Checked {
  readonly inputs: readonly Ready[];
  readonly sizes: ReadonlyMap<string, number>;
}

/** The property of a spec that the caller's names are. */
export type Key = "identifier" | "name";

const BATCH = "batch";

/**
 * Hold inputs against the contract.
 *
 * @throws HostError of the code that says what is wrong, with the input's name.
 */
export function check(
  contract: Contract,
  given: Readonly<Record<string, unknown>>,
  key: Key,
  options: Pick<LoadOptions, "nan" | "maxBatch">,
): Checked {
  checkNames(contract, given, key);
  const sizes = new Map<string, number>();
  const owners = new Map<string, string>();
  const inputs = contract.inputs.map((spec) => {
    const ready = tensorOf(spec, given[spec[key]]);
    checkShape(spec, ready, sizes, owners);
    return ready;
  });
  checkBatch(contract, sizes.get(BATCH) ?? 0, options.maxBatch ?? 0);
  return {
    inputs: contract.inputs.map((spec, index) =>
      checkValues(spec, inputs[index] as Ready, options),
    ),
    sizes,
  };
}

function checkNames(contract: Contract, given: Readonly<Record<string, unknown>>, key: Key): void {
  const expected = contract.inputs.map((spec) => spec[key]);
  const got = given === null || typeof given !== "object" ? [] : Object.keys(given);
  const shown = `got ${got.join(", ") || "nothing"}; expected ${expected.join(", ")}`;
  const remedy = "give every input of the contract under its own name, and no other";
  const facts = { got: got.join(", "), expected: expected.join(", "), remedy };
  const unknown = got.find((name) => !expected.includes(name));
  if (unknown !== undefined) {
    throw new HostError("name-unknown", `'${unknown}' is no input: ${shown}`, {
      ...facts,
      input: unknown,
    });
  }
  for (const spec of contract.inputs) {
    if (!got.includes(spec[key]) || given[spec[key]] === undefined) {
      const what = `the input '${spec[key]}' is missing: ${shown}`;
      throw new HostError("name-missing", what, { ...facts, input: spec.name });
    }
  }
}

function tensorOf(spec: TensorSpec, given: unknown): Ready {
  const { data, dims } = (given ?? {}) as { data?: unknown; dims?: unknown };
  if (data === undefined || !Array.isArray(dims)) {
    const got = describe(given);
    throw new HostError("dtype", `${got}; expected an object { data, dims }`, {
      input: spec.name,
      got,
      expected: "{ data, dims }",
      remedy: `give { data: ..., dims: ${shapeOf(spec)} }`,
    });
  }
  return { data: convert(spec, data), dims: [...(dims as number[])] };
}

function checkShape(
  spec: TensorSpec,
  { data, dims }: Ready,
  sizes: Map<string, number>,
  owners: Map<string, string>,
): void {
  const facts = { input: spec.name, got: `[${dims.join(", ")}]`, expected: shapeOf(spec) };
  const what = `shape ${facts.got}; expected ${facts.expected}`;
  if (dims.length !== spec.dims.length) {
    const oneRow = dims.length === spec.dims.length - 1;
    const remedy = oneRow
      ? `put the batch in front: [1, ${dims.join(", ")}]`
      : "give every dimension";
    throw new HostError("rank", what, { ...facts, remedy });
  }
  spec.dims.forEach((wanted, axis) => {
    const size = dims[axis] as number;
    const isSize = Number.isSafeInteger(size) && size >= 0;
    if (
      !isSize ||
      (typeof wanted === "number" ? size !== wanted : size === 0 && wanted !== BATCH)
    ) {
      throw new HostError("dimension", what, { ...facts, remedy: `check axis ${axis}` });
    }
  });
  const count = dims.reduce((product, size) => product * size, 1);
  if (data.length !== count) {
    const missed = `${data.length} elements for shape ${facts.got}, which has ${count}`;
    const remedy = "give as many elements as the shape has";
    throw new HostError("count", missed, {
      ...facts,
      got: String(data.length),
      expected: String(count),
      remedy,
    });
  }
  spec.dims.forEach((symbol, axis) => {
    if (typeof symbol !== "string") return;
    const size = dims[axis] as number;
    const known = sizes.get(symbol) ?? size;
    if (known !== size) {
      const differs = `'${symbol}' is ${size} here and ${known} in '${owners.get(symbol)}'`;
      const remedy = `give all inputs the same ${symbol}`;
      throw new HostError("symbol", differs, {
        input: spec.name,
        got: String(size),
        expected: String(known),
        remedy,
      });
    }
    if (!sizes.has(symbol)) owners.set(symbol, spec.name);
    sizes.set(symbol, size);
  });
}

function checkBatch(contract: Contract, batch: number, most: number): void {
  if (most === 0 || batch <= most) return;
  throw new HostError("batch-limit", `a batch of ${batch}; this client takes at most ${most}`, {
    input: contract.inputs[0]?.name ?? "",
    got: String(batch),
    expected: `at most ${most}`,
    remedy: "give the rows in several calls, or load with a larger maxBatch",
  });
}

/** Return the input with its values checked; they are a copy already, which nobody else can change. */
function checkValues(spec: TensorSpec, ready: Ready, options: Pick<LoadOptions, "nan">): Ready {
  if (spec.ids !== undefined) {
    const data = ready.data as Int32Array;
    const bad = data.findIndex((id) => id < 0 || id >= (spec.ids as number));
    if (bad >= 0) {
      const got = `${data[bad]} at ${place(bad, ready.dims)}`;
      const expected = `0 to ${spec.ids - 1}`;
      const remedy = "give ids that the model was trained with; it has no row for others";
      throw new HostError("token", `id ${got}; the model knows ${expected}`, {
        input: spec.name,
        got,
        expected,
        remedy,
      });
    }
    return ready;
  }
  if (isFloat(spec.dtype) && options.nan !== "pass") {
    const bad = firstNaN(spec, ready.data);
    if (bad >= 0) {
      const got = `NaN at ${place(bad, ready.dims)}`;
      const remedy = 'give numbers, or load with { nan: "pass" } if the model is meant to see NaN';
      throw new HostError("nan", got, { input: spec.name, got, expected: "numbers", remedy });
    }
  }
  return ready;
}

function firstNaN(spec: TensorSpec, data: Data): number {
  if (spec.dtype === "float16") {
    return (data as Uint16Array).findIndex((bits) => (bits & 0x7fff) > 0x7c00);
  }
  const numbers = data as Float32Array | Float64Array;
  // A loop: `findIndex` takes three times as long on the pixels of a picture.
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number;
    if (number !== number) return index;
  }
  return -1;
}

/** Return the place of an element, `[row, column]`. */
export function indexOf(element: number, dims: readonly number[]): number[] {
  const index = [];
  for (const size of [...dims].reverse()) {
    index.unshift(element % size);
    element = Math.floor(element / size);
  }
  return index;
}

function place(element: number, dims: readonly number[]): string {
  return `[${indexOf(element, dims).join(", ")}]`;
}

function shapeOf(spec: TensorSpec): string {
  return `[${spec.dims.join(", ")}]`;
}
