/** What the rules of `preprocessing.json` compute: inputs of the model's file, of strings and integers. */

import { HostError } from "./errors.js";
import { combine, farmHash, sipHash } from "./fingerprint.js";
import type { Data, Dtype } from "./types.js";

/** A hash of UTF-8 bytes, modulo a number: SipHash-2-4 with a key, FarmHash64 without. */
interface Bucket {
  readonly count: number;
  readonly key: readonly [number | string, number | string] | null;
}

interface Text {
  /** A to Z become a to z. */
  readonly lower: boolean;
  /** Characters that are taken out. */
  readonly strip: string;
  readonly split: "whitespace" | "character" | null;
  readonly ngrams: readonly number[] | null;
  readonly length: number | null;
}

interface Lookup {
  readonly vocabulary: readonly string[];
  readonly first: number;
  readonly unknown: number | null;
  readonly bucket: Bucket | null;
  readonly mask: string | null;
  readonly mask_id: number;
}

interface Encoding {
  readonly mode: "int" | "one_hot" | "multi_hot" | "count";
  readonly depth: number;
  readonly weights: readonly number[] | null;
}

/** How one input of the file is made. */
export interface Rule {
  readonly output: { readonly name: string; readonly dtype: Dtype };
  readonly sources: readonly string[];
  readonly kind: "text" | "lookup" | "hash" | "cross";
  readonly encoding: Encoding;
  readonly text?: Text;
  readonly lookup?: Lookup;
  readonly bucket?: Bucket;
  readonly mask?: string;
}

/** Strings or integers in C order, and their shape. */
export interface Given {
  readonly data: ArrayLike<string | number | bigint>;
  readonly dims: readonly number[];
}

interface Ids {
  readonly data: readonly number[];
  readonly dims: readonly number[];
}

/** The id of what counts for nothing in a vector. */
const NOTHING = -1;
/** TensorFlow's, of tf.sparse.cross_hashed. */
const CROSSING_KEY = 0xdecafcaffen;
const PIECES = /[^\t-\r ]+/g;

/**
 * Return what a rule makes of its sources.
 *
 * @throws HostError with code `token`: a string is not in a vocabulary that has no place for others.
 */
export function apply(rule: Rule, sources: readonly Given[]): { data: Data; dims: number[] } {
  const [source] = sources as [Given];
  const texts = source.data as ArrayLike<string>;
  let ids: Ids;
  if (rule.kind === "cross") ids = crossed(rule, sources);
  else if (rule.kind === "hash") {
    ids = { data: Array.from(texts, (text) => hashed(rule, text)), dims: source.dims };
  } else if (rule.text === undefined) {
    ids = { data: lookedUp(rule, Array.from(texts)), dims: source.dims };
  } else ids = ofText(rule, rule.text, Array.from(texts), source.dims);
  const { data, dims } = encoded(ids, rule.encoding);
  return { data: cast(data, rule.output.dtype), dims: [...dims] };
}

// === Strings ===

const encoder = new TextEncoder();

function bucketOf(text: string, { count, key }: Bucket): number {
  const bytes = encoder.encode(text);
  const hash = key === null ? farmHash(bytes) : sipHash(bytes, [BigInt(key[0]), BigInt(key[1])]);
  return Number(hash % BigInt(count));
}

function hashed(rule: Rule, text: string): number {
  const bucket = rule.bucket as Bucket;
  if (rule.mask === undefined) return bucketOf(text, bucket);
  return text === rule.mask ? 0 : 1 + bucketOf(text, bucket);
}

function crossed(rule: Rule, sources: readonly Given[]): Ids {
  const { count } = rule.bucket as Bucket;
  const [{ data, dims }] = sources as [Given];
  const made = Array.from(data, (_, place) => {
    let hash = CROSSING_KEY;
    for (const source of sources) {
      const item = source.data[place] as string | number | bigint;
      const isText = typeof item === "string";
      hash = combine(
        hash,
        isText ? farmHash(encoder.encode(item)) : BigInt.asUintN(64, BigInt(item)),
      );
    }
    return Number(hash % BigInt(count));
  });
  return { data: made, dims };
}

// === Words ===

const tables = new WeakMap<Lookup, ReadonlyMap<string, number>>();

function tableOf(lookup: Lookup): ReadonlyMap<string, number> {
  const known =
    tables.get(lookup) ??
    new Map(lookup.vocabulary.map((word, place) => [word, lookup.first + place]));
  tables.set(lookup, known);
  return known;
}

function lookedUp(rule: Rule, texts: readonly string[]): number[] {
  const lookup = rule.lookup as Lookup;
  const table = tableOf(lookup);
  return texts.map((text) => {
    if (lookup.mask !== null && text === lookup.mask) return lookup.mask_id;
    const known = table.get(text);
    if (known !== undefined) return known;
    if (lookup.unknown === null) throw unknownWord(rule, text);
    return lookup.unknown + (lookup.bucket === null ? 0 : bucketOf(text, lookup.bucket));
  });
}

function unknownWord(rule: Rule, text: string): HostError {
  const got = JSON.stringify(text);
  const what = `${got} is not in the vocabulary, which has no place for unknown strings`;
  return new HostError("token", what, {
    input: rule.sources[0] ?? "",
    got,
    expected: "a string of the vocabulary",
    remedy: "give strings of the vocabulary in model/preprocessing.json",
  });
}

/** Return ids [batch, ..., pieces]; behind the pieces of a shorter row, what counts as none. */
function ofText(rule: Rule, text: Text, given: readonly string[], dims: readonly number[]): Ids {
  const texts = given.map((item) => standard(text, item));
  if (text.split === null && dims.length === 1) return { data: lookedUp(rule, texts), dims };
  const leading = dims.length > 1 ? dims.slice(0, -1) : dims;
  const width = dims.at(-1) ?? 1;
  const pieces =
    text.split === null
      ? Array.from({ length: width ? texts.length / width : 0 }, (_, row) =>
          texts.slice(row * width, (row + 1) * width),
        )
      : texts.map((item) => split(text.split, item));
  const rows = text.ngrams === null ? pieces : pieces.map((row) => ngrams(row, text.ngrams ?? []));
  // No text at all: the batch is 0, and one piece of none fits every model.
  const none = rows.length === 0 ? 1 : 0;
  const longest = text.length ?? rows.reduce((most, row) => Math.max(most, row.length), none);
  const filling = rule.encoding.mode === "int" ? 0 : NOTHING;
  const data = rows.flatMap((row) => {
    const found = lookedUp(rule, row).slice(0, longest);
    return [...found, ...new Array<number>(longest - found.length).fill(filling)];
  });
  return { data, dims: [...leading, longest] };
}

function standard({ lower, strip }: Text, item: string): string {
  const lowered = lower ? item.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : item;
  if (!strip) return lowered;
  const taken = new Set(strip);
  return Array.from(lowered)
    .filter((character) => !taken.has(character))
    .join("");
}

function split(how: Text["split"], item: string): string[] {
  return how === "character" ? Array.from(item) : (item.match(PIECES) ?? []);
}

function ngrams(pieces: readonly string[], widths: readonly number[]): string[] {
  return widths.flatMap((width) =>
    Array.from({ length: Math.max(0, pieces.length - width + 1) }, (_, start) =>
      pieces.slice(start, start + width).join(" "),
    ),
  );
}

// === Vectors ===

function encoded(ids: Ids, { mode, depth, weights }: Encoding): Ids {
  if (mode === "int") return ids;
  const { data, dims } = ids;
  if (mode === "one_hot") {
    const kept = dims.length > 1 && dims.at(-1) === 1 ? dims.slice(0, -1) : dims;
    const made = new Array<number>(data.length * depth).fill(0);
    data.forEach((id, place) => {
      if (id >= 0 && id < depth) made[place * depth + id] = 1;
    });
    return { data: made, dims: [...kept, depth] };
  }
  // One vector for all ids along the first axis after the batch.
  const [batch = 0, length = 0, ...rest] = dims;
  const inner = rest.reduce((product, size) => product * size, 1);
  const made = new Array<number>(batch * inner * depth).fill(0);
  data.forEach((id, place) => {
    if (id < 0 || id >= depth) return;
    const row = Math.floor(place / (length * inner)) * inner + (place % inner);
    const at = row * depth + id;
    made[at] = mode === "multi_hot" ? 1 : (made[at] as number) + 1;
  });
  const weighted = weights && mode === "count";
  const counts = weighted
    ? made.map((count, place) => Math.fround(count * Math.fround(weights[place % depth] ?? 0)))
    : made;
  return { data: counts, dims: [batch, ...rest, depth] };
}

function cast(data: readonly number[], dtype: Dtype): Data {
  switch (dtype) {
    case "int64":
      return BigInt64Array.from(data, BigInt);
    case "int32":
      return Int32Array.from(data);
    case "float64":
      return Float64Array.from(data);
    case "bool":
      return Uint8Array.from(data, (value) => Number(value !== 0));
    default:
      return Float32Array.from(data);
  }
}
