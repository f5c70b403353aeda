/** The hashes with which TensorFlow puts strings into buckets: FarmHash64, SipHash-2-4, FingerprintCat64. */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const CAT = 0xc6a4a7935bd1e995n;
const SIP = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n];

/** Return 64 bits; what JavaScript adds and multiplies grows beyond them. */
function cut(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function right(value: bigint, bits: bigint): bigint {
  return cut((value >> bits) | (value << (64n - bits)));
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n);
}

function mixed(u: bigint, v: bigint, factor: bigint): bigint {
  const a = shiftMix(cut((u ^ v) * factor));
  const b = shiftMix(cut((v ^ a) * factor));
  return cut(b * factor);
}

/** Reads little-endian integers; a negative place counts from the end. */
class Reader {
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  word(place: number): bigint {
    return this.#view.getBigUint64(place < 0 ? this.bytes.length + place : place, true);
  }

  half(place: number): bigint {
    return BigInt(this.#view.getUint32(place < 0 ? this.bytes.length + place : place, true));
  }

  byte(place: number): bigint {
    return BigInt(this.#view.getUint8(place));
  }
}

/** Return FarmHash's Hash64, in its "na" form. */
export function farmHash(bytes: Uint8Array): bigint {
  const data = new Reader(bytes);
  if (bytes.length > 64) return moreThan64(data);
  if (bytes.length > 32) return from33To64(data);
  if (bytes.length > 16) return from17To32(data);
  return upTo16(data);
}

function upTo16(data: Reader): bigint {
  const size = data.bytes.length;
  const factor = K2 + BigInt(size) * 2n;
  if (size >= 8) {
    const a = cut(data.word(0) + K2);
    const b = data.word(-8);
    const c = cut(right(b, 37n) * factor + a);
    const d = cut((right(a, 25n) + b) * factor);
    return mixed(c, d, factor);
  }
  if (size >= 4) return mixed(BigInt(size) + (data.half(0) << 3n), data.half(-4), factor);
  if (size > 0) {
    const y = data.byte(0) + (data.byte(size >> 1) << 8n);
    const z = BigInt(size) + (data.byte(size - 1) << 2n);
    return cut(shiftMix(cut((y * K2) ^ (z * K0))) * K2);
  }
  return K2;
}

function from17To32(data: Reader): bigint {
  const factor = K2 + BigInt(data.bytes.length) * 2n;
  const a = cut(data.word(0) * K1);
  const b = data.word(8);
  const c = cut(data.word(-8) * factor);
  const d = cut(data.word(-16) * K2);
  const u = cut(right(cut(a + b), 43n) + right(c, 30n) + d);
  return mixed(u, cut(a + right(cut(b + K2), 18n) + c), factor);
}

function from33To64(data: Reader): bigint {
  const factor = K2 + BigInt(data.bytes.length) * 2n;
  const a = cut(data.word(0) * K2);
  const b = data.word(8);
  const c = cut(data.word(-8) * factor);
  const d = cut(data.word(-16) * K2);
  const y = cut(right(cut(a + b), 43n) + right(c, 30n) + d);
  const z = mixed(y, cut(a + right(cut(b + K2), 18n) + c), factor);
  const e = cut(data.word(16) * factor);
  const f = data.word(24);
  const g = cut((y + data.word(-32)) * factor);
  const h = cut((z + data.word(-24)) * factor);
  const u = cut(right(cut(e + f), 43n) + right(g, 30n) + h);
  return mixed(u, cut(e + right(cut(f + a), 18n) + g), factor);
}

function moreThan64(data: Reader): bigint {
  const size = data.bytes.length;
  const seed = 81n;
  let x = cut(seed * K2 + data.word(0));
  let y = cut(seed * K1 + 113n);
  let z = cut(shiftMix(cut(y * K2 + 113n)) * K2);
  let [v0, v1] = [0n, 0n];
  let [w0, w1] = [0n, 0n];
  const last = (size - 1) & ~63;
  for (let place = 0; place < last; place += 64) {
    x = cut(right(cut(x + y + v0 + data.word(place + 8)), 37n) * K1);
    y = cut(right(cut(y + v1 + data.word(place + 48)), 42n) * K1);
    x ^= w1;
    y = cut(y + v0 + data.word(place + 40));
    z = cut(right(cut(z + w0), 33n) * K1);
    [v0, v1] = weak(data, place, cut(v1 * K1), cut(x + w0));
    [w0, w1] = weak(data, place + 32, cut(z + w1), cut(y + data.word(place + 16)));
    [z, x] = [x, z];
  }
  const factor = cut(K1 + ((z & 0xffn) << 1n));
  const place = size - 64;
  w0 = cut(w0 + BigInt((size - 1) & 63));
  v0 = cut(v0 + w0);
  w0 = cut(w0 + v0);
  x = cut(right(cut(x + y + v0 + data.word(place + 8)), 37n) * factor);
  y = cut(right(cut(y + v1 + data.word(place + 48)), 42n) * factor);
  x ^= cut(w1 * 9n);
  y = cut(y + v0 * 9n + data.word(place + 40));
  z = cut(right(cut(z + w0), 33n) * factor);
  [v0, v1] = weak(data, place, cut(v1 * factor), cut(x + w0));
  [w0, w1] = weak(data, place + 32, cut(z + w1), cut(y + data.word(place + 16)));
  [z, x] = [x, z];
  const first = cut(mixed(v0, w0, factor) + shiftMix(y) * K0 + z);
  return mixed(first, cut(mixed(v1, w1, factor) + x), factor);
}

/** Return FarmHash's weak hash of 32 bytes, with two seeds. */
function weak(data: Reader, place: number, a: bigint, b: bigint): [bigint, bigint] {
  const [w, x, y, z] = [0, 8, 16, 24].map((at) => data.word(place + at)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  a = cut(a + w);
  b = right(cut(b + a + z), 21n);
  const c = a;
  a = cut(a + x + y);
  b = cut(b + right(a, 44n));
  return [cut(a + z), cut(b + c)];
}

/** Return SipHash-2-4 under a key of two 64-bit integers. */
export function sipHash(bytes: Uint8Array, key: readonly [bigint, bigint]): bigint {
  let v = SIP.map((start, place) => cut(key[place % 2] as bigint) ^ start);
  const padded = new Uint8Array(bytes.length - (bytes.length % 8) + 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length % 256;
  const data = new Reader(padded);
  for (let place = 0; place < padded.length; place += 8) {
    const message = data.word(place);
    v[3] = (v[3] as bigint) ^ message;
    v = sipRound(sipRound(v));
    v[0] = (v[0] as bigint) ^ message;
  }
  v[2] = (v[2] as bigint) ^ 0xffn;
  for (let round = 0; round < 4; round++) v = sipRound(v);
  return v.reduce((one, other) => one ^ other);
}

function sipRound(v: readonly bigint[]): bigint[] {
  let [a, b, c, d] = v as [bigint, bigint, bigint, bigint];
  [a, c] = [cut(a + b), cut(c + d)];
  [b, d] = [right(b, 51n) ^ a, right(d, 48n) ^ c];
  a = right(a, 32n);
  [c, a] = [cut(c + b), cut(a + d)];
  [b, d] = [right(b, 47n) ^ c, right(d, 43n) ^ a];
  return [a, b, right(c, 32n), d];
}

/** Return TensorFlow's fingerprint of two fingerprints. */
export function combine(first: bigint, second: bigint): bigint {
  const result = cut((first ^ CAT ^ (shiftMix(cut(second * CAT)) * CAT)) * CAT);
  return cut(shiftMix(cut(shiftMix(result) * CAT)));
}
