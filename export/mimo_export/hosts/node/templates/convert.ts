/** Elements as a dtype's own array, with nothing lost on the way. */

import { HostError } from "./errors.js";
import type { Data, Dtype, TensorSpec } from "./types.js";

const INTEGERS = {
  int8: { array: Int8Array, low: -(2n ** 7n), high: 2n ** 7n - 1n },
  int16: { array: Int16Array, low: -(2n ** 15n), high: 2n ** 15n - 1n },
  int32: { array: Int32Array, low: -(2n ** 31n), high: 2n ** 31n - 1n },
  int64: { array: BigInt64Array, low: -(2n ** 63n), high: 2n ** 63n - 1n },
  uint8: { array: Uint8Array, low: 0n, high: 2n ** 8n - 1n },
  uint16: { array: Uint16Array, low: 0n, high: 2n ** 16n - 1n },
  uint32: { array: Uint32Array, low: 0n, high: 2n ** 32n - 1n },
  uint64: { array: BigUint64Array, low: 0n, high: 2n ** 64n - 1n },
} as const;

const INTEGER_ARRAYS = Object.values(INTEGERS).map((kind) => kind.array);

/**
 * Return the elements in the array that the runtime takes for the input's dtype: always a copy, made
 * before anything is checked. The caller may write to its own array while the model runs, as may
 * another thread that shares the memory.
 *
 * @throws HostError with code `dtype`: another type, or a value that the dtype does not have.
 */
export function convert(spec: TensorSpec, data: unknown): Data {
  switch (spec.dtype) {
    case "float16":
      return halves(spec, data);
    case "float32":
      return data instanceof Float32Array ? new Float32Array(data) : singles(spec, data);
    case "float64":
      return data instanceof Float64Array ? new Float64Array(data) : doubles(spec, data);
    case "bool":
      return bools(spec, data);
    case "string":
      return strings(spec, data);
    default:
      return integers(spec, spec.dtype, data);
  }
}

function halves(spec: TensorSpec, data: unknown): Uint16Array {
  if (data instanceof Uint16Array) return new Uint16Array(data);
  // Node.js before 24 and older browsers have no Float16Array.
  const known = (globalThis as { Float16Array?: unknown }).Float16Array;
  if (typeof known === "function" && data instanceof known) {
    const { buffer, byteOffset, length } = data as Uint16Array;
    return new Uint16Array(new Uint16Array(buffer, byteOffset, length));
  }
  throw wrongType(spec, data, "a Uint16Array of the bits, or a Float16Array");
}

function singles(spec: TensorSpec, data: unknown): Float32Array {
  const numbers = numbersOf(spec, data, "a Float32Array or numbers");
  const found = Float32Array.from(numbers);
  numbers.forEach((number, index) => {
    if (Number.isFinite(number) && !Number.isFinite(found[index]))
      throw wrongValue(spec, number, index);
  });
  return found;
}

function doubles(spec: TensorSpec, data: unknown): Float64Array {
  if (data instanceof Float32Array) return Float64Array.from(data);
  return Float64Array.from(numbersOf(spec, data, "a Float64Array, a Float32Array or numbers"));
}

function numbersOf(spec: TensorSpec, given: unknown, expected: string): readonly number[] {
  if (!Array.isArray(given)) throw wrongType(spec, given, expected);
  const data: readonly unknown[] = [...given];
  // By index: `forEach` would step over holes.
  for (let index = 0; index < data.length; index++) {
    if (typeof data[index] !== "number") throw wrongValue(spec, data[index], index);
  }
  return data as readonly number[];
}

function integers(spec: TensorSpec, dtype: keyof typeof INTEGERS, data: unknown): Data {
  const { array, low, high } = INTEGERS[dtype];
  // Not `slice`, which gives a Buffer's own memory again. No dtype is of two kinds of numbers.
  if (data instanceof array) return new array(data as never);
  const expected = `a ${array.name}, another array of integers, or numbers`;
  if (!Array.isArray(data) && !INTEGER_ARRAYS.some((kind) => data instanceof kind)) {
    throw wrongType(spec, data, expected);
  }
  const given = data as ArrayLike<unknown>;
  const found = new array(given.length);
  for (let index = 0; index < given.length; index++) {
    const value = given[index];
    const whole = typeof value === "bigint" || Number.isSafeInteger(value);
    if (
      !whole ||
      BigInt(value as number | bigint) < low ||
      BigInt(value as number | bigint) > high
    ) {
      throw wrongValue(spec, value, index);
    }
    found[index] =
      found instanceof BigInt64Array || found instanceof BigUint64Array
        ? BigInt(value as number | bigint)
        : Number(value);
  }
  return found;
}

function bools(spec: TensorSpec, data: unknown): Uint8Array {
  if (data instanceof Uint8Array) {
    const found = new Uint8Array(data);
    const odd = found.findIndex((value) => value > 1);
    if (odd >= 0) throw wrongValue(spec, found[odd], odd);
    return found;
  }
  if (!Array.isArray(data)) throw wrongType(spec, data, "a Uint8Array of 0 and 1, or booleans");
  for (let index = 0; index < data.length; index++) {
    if (typeof data[index] !== "boolean") throw wrongValue(spec, data[index], index);
  }
  return Uint8Array.from(data as boolean[], Number);
}

function strings(spec: TensorSpec, given: unknown): readonly string[] {
  if (!Array.isArray(given)) throw wrongType(spec, given, "an array of strings");
  const data: readonly unknown[] = [...given];
  for (let index = 0; index < data.length; index++) {
    const text = data[index];
    // Half of a surrogate pair has no UTF-8, and the runtime ends a string at its first zero character.
    const wrong = spec.prepared ? /\p{Surrogate}/u : /[\0\p{Surrogate}]/u;
    if (typeof text !== "string" || wrong.test(text)) throw wrongValue(spec, text, index);
  }
  return data as readonly string[];
}

function wrongType(spec: TensorSpec, data: unknown, expected: string): HostError {
  const got = describe(data);
  return new HostError("dtype", `${got}; expected ${expected}`, {
    input: spec.name,
    got,
    expected: spec.dtype,
    remedy: `give ${spec.dtype} as ${expected}`,
  });
}

function wrongValue(spec: TensorSpec, value: unknown, index: number): HostError {
  const got = `${typeof value === "string" ? JSON.stringify(value) : String(value)} at element ${index}`;
  return new HostError("dtype", `${got} is no ${spec.dtype}`, {
    input: spec.name,
    got,
    expected: spec.dtype,
    remedy: `give values that ${spec.dtype} has`,
  });
}

/** Return what kind of value this is, for a person. */
export function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return `${typeof value} ${String(value)}`;
  return (value as { constructor?: { name?: string } }).constructor?.name ?? "object";
}

/** Return whether a dtype can hold NaN. */
export function isFloat(dtype: Dtype): boolean {
  return dtype.startsWith("float");
}
