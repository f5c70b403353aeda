"""Comparisons, logic and bits, element by element."""

from __future__ import annotations

from typing import Any

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import reduction
from mimo_export.backend.numpy._dtypes import as_tensors, is_float, promoted
from mimo_export.backend.numpy.shaping import ravel


def equal(x1: Any, x2: Any) -> TracedTensor:
    """One Equal."""
    return run("Equal", *promoted(x1, x2))


def not_equal(x1: Any, x2: Any) -> TracedTensor:
    """One Equal and a Not."""
    return op("Not", equal(x1, x2))


def greater(x1: Any, x2: Any) -> TracedTensor:
    """One Greater."""
    return _compared("Greater", x1, x2)


def greater_equal(x1: Any, x2: Any) -> TracedTensor:
    """One GreaterOrEqual."""
    return _compared("GreaterOrEqual", x1, x2)


def less(x1: Any, x2: Any) -> TracedTensor:
    """One Less."""
    return _compared("Less", x1, x2)


def less_equal(x1: Any, x2: Any) -> TracedTensor:
    """One LessOrEqual."""
    return _compared("LessOrEqual", x1, x2)


def _compared(op_type: str, x1: Any, x2: Any) -> TracedTensor:
    x1, x2 = promoted(x1, x2)
    if x1.dtype == "bool":
        x1, x2 = cast(x1, "uint8"), cast(x2, "uint8")
    return run(op_type, x1, x2)


def logical_not(x: Any) -> TracedTensor:
    """One Not."""
    return op("Not", cast(x, "bool"))


def logical_and(x1: Any, x2: Any) -> TracedTensor:
    """One And."""
    return op("And", cast(x1, "bool"), cast(x2, "bool"))


def logical_or(x1: Any, x2: Any) -> TracedTensor:
    """One Or."""
    return op("Or", cast(x1, "bool"), cast(x2, "bool"))


def logical_xor(x1: Any, x2: Any) -> TracedTensor:
    """One Xor."""
    return op("Xor", cast(x1, "bool"), cast(x2, "bool"))


def isclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> TracedTensor:
    """Whether two numbers differ by at most atol + rtol * abs(x2)."""
    x1, x2 = as_tensors(x1, x2)
    if not is_float(x1):
        return run("Equal", x1, x2)
    allowed = run("Mul", run("Abs", x2), constant(rtol, x1.dtype))
    allowed = run("Add", allowed, constant(atol, x1.dtype))
    near = run("LessOrEqual", run("Abs", run("Sub", x1, x2)), allowed)
    # Of infinities the difference is NaN or the bound is infinite: only equal ones are close.
    infinite = op("Or", run("IsInf", x1), run("IsInf", x2))
    close = op("Or", run("Equal", x1, x2), op("And", near, op("Not", infinite)))
    if equal_nan:
        close = op("Or", close, op("And", run("IsNaN", x1), run("IsNaN", x2)))
    return close


def allclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> TracedTensor:
    """Whether all numbers are close."""
    return reduction.all(isclose(x1, x2, rtol, atol, equal_nan))


def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> TracedTensor:
    """Whether each element of x1 equals any element of x2: an Equal of all pairs."""
    x1, x2 = as_tensors(x1, x2)
    pairs = run("Equal", op("Unsqueeze", x1, ints(-1)), ravel(x2))
    found = reduction.any(pairs, axis=-1)
    return op("Not", found) if invert else found


def bitwise_and(x: Any, y: Any) -> TracedTensor:
    """One BitwiseAnd; of booleans, an And."""
    return _bits("And", x, y)


def bitwise_or(x: Any, y: Any) -> TracedTensor:
    """One BitwiseOr; of booleans, an Or."""
    return _bits("Or", x, y)


def bitwise_xor(x: Any, y: Any) -> TracedTensor:
    """One BitwiseXor; of booleans, an Xor."""
    return _bits("Xor", x, y)


def _bits(name: str, x: Any, y: Any) -> TracedTensor:
    x, y = as_tensors(x, y)
    return op(name, x, y) if x.dtype == "bool" else run(f"Bitwise{name}", x, y)


def bitwise_not(x: Any) -> TracedTensor:
    """One BitwiseNot; of booleans, a Not."""
    x = convert_to_tensor(x)
    return op("Not", x) if x.dtype == "bool" else run("BitwiseNot", x)


def bitwise_invert(x: Any) -> TracedTensor:
    """One BitwiseNot."""
    return bitwise_not(x)


def bitwise_left_shift(x: Any, y: Any) -> TracedTensor:
    """One BitShift; signed numbers are shifted as the unsigned ones of the same bits."""
    x, y = _shiftable(x, y)
    return cast(run("BitShift", _unsigned(x), _unsigned(y), direction="LEFT"), x.dtype)


def bitwise_right_shift(x: Any, y: Any) -> TracedTensor:
    """One BitShift; the sign of signed numbers fills what becomes free.

    A negative number is turned over (~x is not negative), shifted and turned back.
    """
    x, y = _shiftable(x, y)
    if x.dtype.startswith("uint"):
        return run("BitShift", x, y, direction="RIGHT")
    negative = run("Less", x, constant(0, x.dtype))
    positive = run("Where", negative, run("BitwiseNot", x), x)
    shifted = cast(run("BitShift", _unsigned(positive), _unsigned(y), direction="RIGHT"), x.dtype)
    return run("Where", negative, run("BitwiseNot", shifted), shifted)


def left_shift(x: Any, y: Any) -> TracedTensor:
    """One BitShift."""
    return bitwise_left_shift(x, y)


def right_shift(x: Any, y: Any) -> TracedTensor:
    """One BitShift."""
    return bitwise_right_shift(x, y)


def _shiftable(x: Any, y: Any) -> tuple[TracedTensor, TracedTensor]:
    x = convert_to_tensor(x)
    if isinstance(y, int):
        return x, constant(y, x.dtype)
    x, y = as_tensors(x, y)
    return x, y


def _unsigned(x: TracedTensor) -> TracedTensor:
    return x if x.dtype.startswith("uint") else cast(x, f"u{x.dtype}")
