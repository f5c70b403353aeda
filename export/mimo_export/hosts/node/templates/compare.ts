/**
 * What the runtime gave beside what Keras gave, by the rules of mimo-portable's own gate: two numbers
 * agree within `atol + rtol * |expected|`; NaN agrees with NaN in the same place alone; classes agree
 * where the largest value of a row stands where Keras has its largest.
 */

import { indexOf } from "./checks.js";
import { isFloat } from "./convert.js";
import type { Data, Dtype, Output, TensorSpec } from "./types.js";

export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

/** One output of one golden data set. */
export interface Pair {
  readonly case: string;
  readonly expected: Output;
  readonly got: Output;
}

/** A number as JSON has it: NaN and infinities are words. */
export type JsonNumber = number | "nan" | "inf" | "-inf";

/** One output over all golden data sets; `null` where nothing could be measured. */
export interface Row {
  readonly name: string;
  readonly status: "pass" | "fail";
  readonly reason: string;
  /** How many finite numbers of Keras were compared. */
  readonly values: number;
  readonly max_abs: JsonNumber | null;
  readonly max_rel: JsonNumber | null;
  /** Where the largest difference is. */
  readonly worst: {
    readonly case: string;
    readonly index: readonly number[];
    readonly expected: JsonNumber;
    readonly got: JsonNumber;
  } | null;
  /** The smallest t for which atol = rtol = t passes. */
  readonly passing_tolerance: JsonNumber | null;
  /** How many rows have the same class, "22 of 23"; empty where there are no classes. */
  readonly classes: string;
}

/** Compare one output over all data sets; comparing nothing is a failure. */
export function compare(spec: TensorSpec, pairs: readonly Pair[], tolerance: Tolerance): Row {
  const differ = pairs.some(({ expected, got }) => String(expected.dims) !== String(got.dims));
  if (differ) return failed(spec, "the shapes differ");
  return spec.dtype === "string"
    ? compareTexts(spec, pairs)
    : compareNumbers(spec, pairs, tolerance);
}

function compareNumbers(spec: TensorSpec, pairs: readonly Pair[], tolerance: Tolerance): Row {
  let values = 0,
    total = 0,
    outside = 0,
    passing = 0,
    relative = 0,
    agreeing = 0,
    rows = 0;
  let largest = -1;
  let worst: Row["worst"] = null;
  for (const pair of pairs) {
    const expected = numbersOf(spec.dtype, pair.expected.data);
    const got = numbersOf(spec.dtype, pair.got.data);
    expected.forEach((wanted, element) => {
      const found = got[element] as number;
      const distance = distanceOf(wanted, found);
      const limit = tolerance.atol + tolerance.rtol * Math.abs(wanted);
      total += 1;
      if (Number.isFinite(wanted)) values += 1;
      if (distance > (Number.isFinite(limit) ? limit : 0)) outside += 1;
      passing = Math.max(passing, neededOf(distance, 1 + Math.abs(wanted)));
      if (wanted !== 0) relative = Math.max(relative, neededOf(distance, Math.abs(wanted)));
      if (distance > largest) {
        largest = distance;
        const index = indexOf(element, pair.expected.dims);
        worst = { case: pair.case, index, expected: json(wanted), got: json(found) };
      }
    });
    if (spec.isClass) {
      const [same, count] = sameClasses(expected, got, pair.expected.dims.at(-1) ?? 1);
      agreeing += same;
      rows += count;
    }
  }
  const reason =
    values === 0
      ? "nothing was compared: Keras gave no finite number"
      : outside > 0
        ? `${outside} of ${total} values differ`
        : agreeing < rows
          ? "the classes differ"
          : "";
  return {
    name: spec.name,
    status: reason ? "fail" : "pass",
    reason,
    values,
    max_abs: json(Math.max(0, largest)),
    max_rel: json(relative),
    worst,
    passing_tolerance: json(passing),
    classes: spec.isClass ? `${agreeing} of ${rows}` : "",
  };
}

function compareTexts(spec: TensorSpec, pairs: readonly Pair[]): Row {
  let values = 0,
    outside = 0;
  for (const { expected, got } of pairs) {
    const given = got.data as readonly string[];
    (expected.data as readonly string[]).forEach((text, element) => {
      values += 1;
      if (text !== given[element]) outside += 1;
    });
  }
  if (values === 0) return failed(spec, "nothing was compared: Keras gave no string");
  const reason = outside ? `${outside} of ${values} values differ` : "";
  return { ...failed(spec, reason), status: reason ? "fail" : "pass", values };
}

function failed(spec: TensorSpec, reason: string): Row {
  const nothing = { max_abs: null, max_rel: null, worst: null, passing_tolerance: null };
  return { name: spec.name, status: "fail", reason, values: 0, ...nothing, classes: "" };
}

function distanceOf(wanted: number, found: number): number {
  if (wanted === found || (Number.isNaN(wanted) && Number.isNaN(found))) return 0;
  const distance = Math.abs(found - wanted);
  return Number.isNaN(distance) ? Infinity : distance;
}

function neededOf(distance: number, size: number): number {
  if (distance === 0) return 0;
  const needed = distance / size;
  return Number.isNaN(needed) ? Infinity : needed;
}

function sameClasses(expected: Float64Array, got: Float64Array, width: number): [number, number] {
  let same = 0;
  const count = width ? expected.length / width : 0;
  for (let row = 0; row < count; row++) {
    const wanted = expected.subarray(row * width, (row + 1) * width);
    const found = got.subarray(row * width, (row + 1) * width);
    const chosen = wanted[largestOf(found)] as number;
    const best = wanted[largestOf(wanted)] as number;
    if (chosen === best || (Number.isNaN(chosen) && Number.isNaN(best))) same += 1;
  }
  return [same, count];
}

/** Return the place of the largest number, of the first NaN where there is one. */
function largestOf(row: Float64Array): number {
  let place = 0;
  row.forEach((number, index) => {
    if (Number.isNaN(row[place])) return;
    if (Number.isNaN(number) || number > (row[place] as number)) place = index;
  });
  return place;
}

function numbersOf(dtype: Dtype, data: Data): Float64Array {
  if (dtype === "float16") return Float64Array.from(data as Uint16Array, half);
  if (isFloat(dtype)) return Float64Array.from(data as Float32Array);
  return Float64Array.from(data as unknown as ArrayLike<number>, Number);
}

/** Return the number that 16 bits stand for. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return (
    sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : (2 ** -14 * fraction) / 1024)
  );
}

function json(number: number): JsonNumber {
  if (Number.isFinite(number)) return number;
  return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
}
