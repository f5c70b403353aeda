"""The hashes with which TensorFlow puts strings into buckets, in Python's integers.

1. `farm_hash`: FarmHash's Hash64, in its "na" form (farmhashna, github.com/google/farmhash);
2. `sip_hash`: SipHash-2-4 with a key of two integers (Aumasson and Bernstein, 2012);
3. `combine`: TensorFlow's FingerprintCat64 (tensorflow/core/platform/fingerprint.h).
"""

from __future__ import annotations

from collections.abc import Sequence

_MASK = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995
_SIP = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def farm_hash(data: bytes) -> int:
    """Return the 64-bit fingerprint of some bytes."""
    if len(data) > 64:
        return _more_than_64(data)
    if len(data) > 32:
        return _33_to_64(data)
    if len(data) > 16:
        return _17_to_32(data)
    return _up_to_16(data)


def _word(data: bytes, place: int, size: int = 8) -> int:
    """Return some bytes as a little-endian integer; a negative place counts from the end."""
    start = place if place >= 0 else len(data) + place
    return int.from_bytes(data[start : start + size], "little")


def _right(value: int, bits: int) -> int:
    """Return 64 bits, rotated to the right."""
    return (value >> bits | value << 64 - bits) & _MASK


def _shift_mix(value: int) -> int:
    return value ^ value >> 47


def _mixed(u: int, v: int, factor: int) -> int:
    a = _shift_mix((u ^ v) * factor & _MASK)
    b = _shift_mix((v ^ a) * factor & _MASK)
    return b * factor & _MASK


def _up_to_16(data: bytes) -> int:
    size = len(data)
    factor = _K2 + size * 2
    if size >= 8:
        a, b = _word(data, 0) + _K2 & _MASK, _word(data, -8)
        c, d = _right(b, 37) * factor + a & _MASK, (_right(a, 25) + b) * factor & _MASK
        return _mixed(c, d, factor)
    if size >= 4:
        return _mixed(size + (_word(data, 0, 4) << 3), _word(data, -4, 4), factor)
    if size > 0:
        y = data[0] + (data[size // 2] << 8)
        z = size + (data[-1] << 2)
        return _shift_mix((y * _K2 ^ z * _K0) & _MASK) * _K2 & _MASK
    return _K2


def _17_to_32(data: bytes) -> int:
    factor = _K2 + len(data) * 2
    a, b = _word(data, 0) * _K1 & _MASK, _word(data, 8)
    c, d = _word(data, -8) * factor & _MASK, _word(data, -16) * _K2 & _MASK
    u = _right(a + b & _MASK, 43) + _right(c, 30) + d & _MASK
    return _mixed(u, a + _right(b + _K2 & _MASK, 18) + c & _MASK, factor)


def _33_to_64(data: bytes) -> int:
    factor = _K2 + len(data) * 2
    a, b = _word(data, 0) * _K2 & _MASK, _word(data, 8)
    c, d = _word(data, -8) * factor & _MASK, _word(data, -16) * _K2 & _MASK
    y = _right(a + b & _MASK, 43) + _right(c, 30) + d & _MASK
    z = _mixed(y, a + _right(b + _K2 & _MASK, 18) + c & _MASK, factor)
    e, f = _word(data, 16) * factor & _MASK, _word(data, 24)
    g, h = (y + _word(data, -32)) * factor & _MASK, (z + _word(data, -24)) * factor & _MASK
    u = _right(e + f & _MASK, 43) + _right(g, 30) + h & _MASK
    return _mixed(u, e + _right(f + a & _MASK, 18) + g & _MASK, factor)


def _more_than_64(data: bytes) -> int:
    seed = 81
    x, y = seed * _K2 + _word(data, 0) & _MASK, seed * _K1 + 113 & _MASK
    z = _shift_mix(y * _K2 + 113 & _MASK) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    last = len(data) - 1 & ~63
    for place in range(0, last, 64):
        x = _right(x + y + v[0] + _word(data, place + 8) & _MASK, 37) * _K1 & _MASK
        y = _right(y + v[1] + _word(data, place + 48) & _MASK, 42) * _K1 & _MASK
        x, y = x ^ w[1], y + v[0] + _word(data, place + 40) & _MASK
        z = _right(z + w[0] & _MASK, 33) * _K1 & _MASK
        v = _weak(data, place, v[1] * _K1 & _MASK, x + w[0] & _MASK)
        w = _weak(data, place + 32, z + w[1] & _MASK, y + _word(data, place + 16) & _MASK)
        z, x = x, z
    factor = _K1 + ((z & 0xFF) << 1) & _MASK
    place = len(data) - 64
    w = w[0] + (len(data) - 1 & 63) & _MASK, w[1]
    v = v[0] + w[0] & _MASK, v[1]
    w = w[0] + v[0] & _MASK, w[1]
    x = _right(x + y + v[0] + _word(data, place + 8) & _MASK, 37) * factor & _MASK
    y = _right(y + v[1] + _word(data, place + 48) & _MASK, 42) * factor & _MASK
    x, y = x ^ w[1] * 9 & _MASK, y + v[0] * 9 + _word(data, place + 40) & _MASK
    z = _right(z + w[0] & _MASK, 33) * factor & _MASK
    v = _weak(data, place, v[1] * factor & _MASK, x + w[0] & _MASK)
    w = _weak(data, place + 32, z + w[1] & _MASK, y + _word(data, place + 16) & _MASK)
    z, x = x, z
    first = _mixed(v[0], w[0], factor) + _shift_mix(y) * _K0 + z & _MASK
    return _mixed(first, _mixed(v[1], w[1], factor) + x & _MASK, factor)


def _weak(data: bytes, place: int, a: int, b: int) -> tuple[int, int]:
    """Return FarmHash's weak hash of 32 bytes, with two seeds."""
    w, x, y, z = (_word(data, place + 8 * i) for i in range(4))
    a = a + w & _MASK
    b = _right(b + a + z & _MASK, 21)
    c = a
    a = a + x + y & _MASK
    b = b + _right(a, 44) & _MASK
    return a + z & _MASK, b + c & _MASK


def sip_hash(data: bytes, key: Sequence[int]) -> int:
    """Return SipHash-2-4 of some bytes, under a key of two 64-bit integers."""
    v = [key[i % 2] & _MASK ^ start for i, start in enumerate(_SIP)]
    padding = bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    padded = data + padding
    for place in range(0, len(padded), 8):
        message = _word(padded, place)
        v[3] ^= message
        v = _sip_round(_sip_round(v))
        v[0] ^= message
    v[2] ^= 0xFF
    for _ in range(4):
        v = _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_round(v: Sequence[int]) -> list[int]:
    a, b, c, d = v
    a, c = a + b & _MASK, c + d & _MASK
    b, d = _right(b, 51) ^ a, _right(d, 48) ^ c
    a = _right(a, 32)
    c, a = c + b & _MASK, a + d & _MASK
    b, d = _right(b, 47) ^ c, _right(d, 43) ^ a
    return [a, b, _right(c, 32), d]


def combine(first: int, second: int) -> int:
    """Return TensorFlow's fingerprint of two fingerprints."""
    result = (first ^ _CAT ^ _shift_mix(second * _CAT & _MASK) * _CAT) * _CAT & _MASK
    return _shift_mix(_shift_mix(result) * _CAT & _MASK)
