"""The hashes with which TensorFlow puts integers into buckets, in ONNX's 64-bit integers.

TensorFlow hashes the decimal text of an integer, at most 20 characters, so the text's bytes can be
computed from its digits. The bytes of a string cannot: no operator reads them.

1. `farm_hash`: FarmHash's Hash64 for up to 32 bytes (farmhashna, github.com/google/farmhash);
2. `sip_hash`: SipHash-2-4 with a key of two integers (Aumasson and Bernstein, 2012);
3. `combine`: TensorFlow's FingerprintCat64 (tensorflow/core/platform/fingerprint.h).

All arithmetic is modulo 2**64, which is how ONNX's unsigned integers are defined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast
from mimo_export.backend.preprocessing._words import Word, select, word
from mimo_export.errors import UnsupportedOperationError
from mimo_export.preprocessing.rules import KEEP_BESIDE

_LONGEST = 24  # characters of the text, filled up to whole words of eight
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995
_SIP = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def hash_bucket(x: TracedTensor, buckets: int, salt: Any = None) -> TracedTensor:
    """Return int64 buckets 0..buckets-1 for integers, as `tf.strings.to_hash_bucket_*` does.

    Args:
        x: Integers.
        buckets: How many there are.
        salt: The two integers of SipHash's key; FarmHash if None.

    Raises:
        UnsupportedOperationError: x holds something else than integers.
    """
    text = _decimal(as_integers(x))
    hashed = farm_hash(text) if salt is None else sip_hash(text, salt)
    return op("Squeeze", (hashed % buckets).as_int64(), ints(-1))


def as_integers(x: TracedTensor) -> TracedTensor:
    """Return numbers as the int64 whose text TensorFlow hashes.

    Raises:
        UnsupportedOperationError: They are strings, or numbers with another kind of text.
    """
    if x.dtype == "string":
        raise UnsupportedOperationError(
            "Keras hashes the bytes of a string, which no ONNX operator can read",
            remedy="give the layer integers, or look strings up: "
            f"StringLookup(vocabulary=..., num_oov_indices=1); {KEEP_BESIDE}",
        )
    if x.dtype in {"bool", "uint64"}:
        raise UnsupportedOperationError(
            f"Keras hashes the text of a {x.dtype}, which is not that of an int64",
            remedy="cast to int64 before the layer",
        )
    return cast(x, "int64")


@dataclass(frozen=True)
class _Text:
    """ASCII texts of up to 20 characters.

    Attributes:
        codes: int64 [..., 24], zeros behind the text.
        length: int64 [..., 1].
    """

    codes: TracedTensor
    length: TracedTensor

    def read(self, place: int | TracedTensor, count: int = 8) -> Word:
        """Return some characters as a little-endian integer; any, where they lie outside."""
        offsets = constant(np.arange(count), "int64")
        if isinstance(place, int):
            taken = self.codes[..., place : place + count]
        else:
            inside = op("Clip", op("Add", place, offsets), *(constant(n, "int64") for n in (0, 23)))
            taken = op("GatherElements", self.codes, inside, axis=-1)
        # One product with a column: onnxruntime's ReduceSum of 64-bit integers rounds as a double.
        weights = constant(np.array([[256**i] for i in range(count)], "uint64"))
        return Word(op("MatMul", cast(taken, "uint64"), weights))

    def before_end(self, count: int) -> TracedTensor:
        """Return the place that lies some characters before the end."""
        return op("Sub", self.length, constant(count, "int64"))


def _decimal(x: TracedTensor) -> _Text:
    """Return the decimal text of int64 numbers."""
    x = op("Unsqueeze", x, ints(-1))
    negative = op("Less", x, constant(0, "int64"))
    sign = cast(negative, "int64")
    # Two's complement: the lowest int64 has no positive counterpart.
    flag = Word(cast(negative, "uint64"))
    magnitude = (Word(cast(x, "uint64")) ^ flag * (2**64 - 1)) + flag
    powers = constant(np.array([10**k for k in range(20)], "uint64"))
    longer = op("GreaterOrEqual", magnitude.value, powers[1:])
    digits = op("ReduceSum", cast(longer, "int64"), ints(-1), keepdims=1)
    length = op("Add", op("Add", digits, sign), constant(1, "int64"))
    places = constant(np.arange(_LONGEST), "int64")
    power = op("Max", op("Sub", op("Sub", length, places), constant(1, "int64")), ints(0))
    digit = Word(op("Div", magnitude.value, op("Gather", powers, power))) % 10
    codes = op("Add", digit.as_int64(), constant(ord("0"), "int64"))
    minus = op("And", negative, op("Equal", places, constant(0, "int64")))
    codes = op("Where", minus, constant(ord("-"), "int64"), codes)
    return _Text(op("Where", op("Less", places, length), codes, ints(0)), length)


def farm_hash(text: _Text) -> Word:
    """Return FarmHash's 64-bit fingerprint of texts of 1 to 20 characters."""
    size = Word(cast(text.length, "uint64"))
    factor = size * 2 + _K2
    hashed = _farm_1_to_3(text, size)
    hashed = select(size, 4, _farm_4_to_7(text, size, factor), hashed)
    hashed = select(size, 8, _farm_8_to_16(text, factor), hashed)
    return select(size, 17, _farm_17_to_32(text, factor), hashed)


def _farm_1_to_3(text: _Text, size: Word) -> Word:
    middle = op("Div", text.length, constant(2, "int64"))
    y = text.read(0, 1) + (text.read(middle, 1) << 8)
    z = size + (text.read(text.before_end(1), 1) << 2)
    return _shift_mix(y * _K2 ^ z * _K0) * _K2


def _farm_4_to_7(text: _Text, size: Word, factor: Word) -> Word:
    first = size + (text.read(0, 4) << 3)
    return _farm_16(first, text.read(text.before_end(4), 4), factor)


def _farm_8_to_16(text: _Text, factor: Word) -> Word:
    a, b = text.read(0) + _K2, text.read(text.before_end(8))
    return _farm_16(b.right(37) * factor + a, (a.right(25) + b) * factor, factor)


def _farm_17_to_32(text: _Text, factor: Word) -> Word:
    a, b = text.read(0) * _K1, text.read(8)
    c, d = text.read(text.before_end(8)) * factor, text.read(text.before_end(16)) * _K2
    first = (a + b).right(43) + c.right(30) + d
    return _farm_16(first, a + (b + _K2).right(18) + c, factor)


def _farm_16(u: Word, v: Word, factor: Word) -> Word:
    mixed = _shift_mix((u ^ v) * factor)
    return _shift_mix((v ^ mixed) * factor) * factor


def _shift_mix(x: Word) -> Word:
    return x ^ (x >> 47)


def sip_hash(text: _Text, key: Any) -> Word:
    """Return SipHash-2-4 of texts of up to 23 characters."""
    size = Word(cast(text.length, "uint64"))
    v = [word(int(key[i % 2]) % 2**64 ^ start) for i, start in enumerate(_SIP)]
    for block in range(_LONGEST // 8):
        # The last block of a text ends with the text's length.
        ends = select(size, 8 * block, size << 56, word(0))
        ends = select(size, 8 * block + 8, word(0), ends)
        message = text.read(8 * block) ^ ends
        after = _sip_round(_sip_round([*v[:3], v[3] ^ message]))
        after[0] ^= message
        v = [select(size, 8 * block, new, old) for new, old in zip(after, v, strict=True)]
    v[2] ^= word(0xFF)
    for _ in range(4):
        v = _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_round(v: list[Word]) -> list[Word]:
    a, b, c, d = v
    a, c = a + b, c + d
    b, d = b.left(13) ^ a, d.left(16) ^ c
    a = a.left(32)
    c, a = c + b, a + d
    b, d = b.left(17) ^ c, d.left(21) ^ a
    return [a, b, c.left(32), d]


def combine(first: Word, second: Word) -> Word:
    """Return TensorFlow's fingerprint of two fingerprints."""
    result = (first ^ _CAT ^ _shift_mix(second * _CAT) * _CAT) * _CAT
    return _shift_mix(_shift_mix(result) * _CAT)
