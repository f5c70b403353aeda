"""Unsigned 64-bit integers of the graph, with the arithmetic that hashes are written in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimo_export.backend._graph import constant, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast


@dataclass(frozen=True)
class Word:
    """A uint64 tensor; Python's operators on it, modulo 2**64, with others and with numbers."""

    value: TracedTensor

    def _op(self, op_type: str, other: Word | int, direction: str | None = None) -> Word:
        operand = other if isinstance(other, Word) else word(other)
        return Word(op(op_type, self.value, operand.value, direction=direction))

    def __add__(self, other: Word | int) -> Word:
        return self._op("Add", other)

    def __mul__(self, other: Word | int) -> Word:
        return self._op("Mul", other)

    def __mod__(self, other: Word | int) -> Word:
        return self._op("Mod", other)

    def __xor__(self, other: Word | int) -> Word:
        return self._op("BitwiseXor", other)

    def __lshift__(self, bits: int) -> Word:
        return self._op("BitShift", bits, "LEFT")

    def __rshift__(self, bits: int) -> Word:
        return self._op("BitShift", bits, "RIGHT")

    def left(self, bits: int) -> Word:
        """Return the bits rotated to the left."""
        return (self << bits) ^ (self >> 64 - bits)

    def right(self, bits: int) -> Word:
        """Return the bits rotated to the right."""
        return self.left(64 - bits)

    def as_int64(self) -> TracedTensor:
        """Return the same bits as int64."""
        return cast(self.value, "int64")


def word(value: int) -> Word:
    """Return a number as a constant."""
    return Word(constant(np.uint64(value)))


def select(size: Word, least: int, these: Word, others: Word) -> Word:
    """Return `these` where a size is at least a number, else `others`.

    onnxruntime has no Where of uint64.
    """
    reached = op("GreaterOrEqual", size.value, word(least).value)
    return others ^ (these ^ others) * Word(cast(reached, "uint64"))
