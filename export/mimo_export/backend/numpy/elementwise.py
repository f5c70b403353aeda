"""Arithmetic, and the functions of a number that ONNX has itself, element by element."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend._graph import constant
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy._division import quotient
from mimo_export.backend.numpy._dtypes import (
    as_tensors,
    floating,
    is_float,
    promoted,
    promoted_floating,
    without_bool,
)


def add(x1: Any, x2: Any) -> TracedTensor:
    """One Add; of booleans, an Or."""
    x1, x2 = promoted(x1, x2)
    return run("Or" if x1.dtype == "bool" else "Add", x1, x2)


def subtract(x1: Any, x2: Any) -> TracedTensor:
    """One Sub."""
    return run("Sub", *promoted(x1, x2))


def multiply(x1: Any, x2: Any) -> TracedTensor:
    """One Mul; of booleans, an And."""
    x1, x2 = promoted(x1, x2)
    return run("And" if x1.dtype == "bool" else "Mul", x1, x2)


def divide(x1: Any, x2: Any) -> TracedTensor:
    """One Div of floating numbers."""
    return run("Div", *promoted_floating(x1, x2))


def true_divide(x1: Any, x2: Any) -> TracedTensor:
    """One Div of floating numbers."""
    return divide(x1, x2)


def divide_no_nan(x1: Any, x2: Any) -> TracedTensor:
    """A Div, and 0 where the divisor is 0."""
    x1, x2 = promoted_floating(x1, x2)
    zero = constant(0, x1.dtype)
    return run("Where", run("Equal", x2, zero), zero, run("Div", x1, x2))


def floor_divide(x1: Any, x2: Any) -> TracedTensor:
    """A quotient rounded down, where ONNX's Div of integers rounds towards zero.

    1. Unsigned integers: one Div.
    2. Signed integers: one less where the remainder's sign had to be changed.
    3. Floating numbers: what is left without the remainder is divided, so that rounding of the
       quotient cannot reach the next integer; a division by 0 is infinite.
    """
    x1, x2 = promoted(x1, x2)
    if is_float(x1):
        exact = run("Round", run("Div", run("Sub", x1, mod(x1, x2)), x2))
        zero = run("Equal", x2, constant(0, x2.dtype))
        return run("Where", zero, run("Div", x1, x2), exact)
    x1, x2 = without_bool(x1), without_bool(x2)
    towards_zero = quotient(x1, x2)
    if x1.dtype.startswith("uint"):
        return towards_zero
    same = run("Equal", run("Mod", x1, x2), run("Mod", x1, x2, fmod=1))
    lower = run("Sub", towards_zero, constant(1, towards_zero.dtype))
    return run("Where", same, towards_zero, lower)


def mod(x1: Any, x2: Any) -> TracedTensor:
    """One Mod, which has the divisor's sign; of floating numbers an fmod with its sign changed."""
    x1, x2 = (without_bool(x) for x in as_tensors(x1, x2))
    if not is_float(x1):
        return run("Mod", x1, x2)
    rest, zero = run("Mod", x1, x2, fmod=1), constant(0, x1.dtype)
    opposite = run("Xor", run("Less", rest, zero), run("Less", x2, zero))
    wrong = run("And", opposite, run("Not", run("Equal", rest, zero)))
    return run("Where", wrong, run("Add", rest, x2), rest)


def fmod(x1: Any, x2: Any) -> TracedTensor:
    """One Mod that has the dividend's sign."""
    x1, x2 = (without_bool(x) for x in as_tensors(x1, x2))
    return run("Mod", x1, x2, fmod=1)


def power(x1: Any, x2: Any) -> TracedTensor:
    """One Pow."""
    return run("Pow", *promoted(x1, x2))


def negative(x: Any) -> TracedTensor:
    """One Neg."""
    x = convert_to_tensor(x)
    if x.dtype.startswith("uint"):
        return run("Sub", constant(0, x.dtype), x)
    return run("Neg", x)


def absolute(x: Any) -> TracedTensor:
    """One Abs; what has no sign stays as it is."""
    x = convert_to_tensor(x)
    return x if x.dtype == "bool" or x.dtype.startswith("uint") else run("Abs", x)


def abs(x: Any) -> TracedTensor:
    """One Abs."""
    return absolute(x)


def fabs(x: Any) -> TracedTensor:
    """One Abs of floating numbers."""
    x = convert_to_tensor(x)
    return run("Abs", x if is_float(x) else cast(x, keras.config.floatx()))


def maximum(x1: Any, x2: Any) -> TracedTensor:
    """One Max; of booleans, an Or."""
    x1, x2 = promoted(x1, x2)
    return run("Or" if x1.dtype == "bool" else "Max", x1, x2)


def minimum(x1: Any, x2: Any) -> TracedTensor:
    """One Min; of booleans, an And."""
    x1, x2 = promoted(x1, x2)
    return run("And" if x1.dtype == "bool" else "Min", x1, x2)


def fmax(x1: Any, x2: Any) -> TracedTensor:
    """The larger one, or the one that is a number."""
    return _number("Max", x1, x2)


def fmin(x1: Any, x2: Any) -> TracedTensor:
    """The smaller one, or the one that is a number."""
    return _number("Min", x1, x2)


def _number(op_type: str, x1: Any, x2: Any) -> TracedTensor:
    x1, x2 = promoted(x1, x2)
    if not is_float(x1):
        return maximum(x1, x2) if op_type == "Max" else minimum(x1, x2)
    second = run("Where", run("IsNaN", x2), x1, run(op_type, x1, x2))
    return run("Where", run("IsNaN", x1), x2, second)


def square(x: Any) -> TracedTensor:
    """One Mul of the tensor with itself; booleans become int32."""
    x = without_bool(x)
    return run("Mul", x, x)


def reciprocal(x: Any) -> TracedTensor:
    """One Reciprocal."""
    return run("Reciprocal", floating(x))


def sqrt(x: Any) -> TracedTensor:
    """One Sqrt."""
    return run("Sqrt", floating(x))


def exp(x: Any) -> TracedTensor:
    """One Exp."""
    return run("Exp", floating(x))


def log(x: Any) -> TracedTensor:
    """One Log."""
    return run("Log", floating(x))


def sin(x: Any) -> TracedTensor:
    """One Sin."""
    return run("Sin", floating(x))


def cos(x: Any) -> TracedTensor:
    """One Cos."""
    return run("Cos", floating(x))


def tanh(x: Any) -> TracedTensor:
    """One Tanh."""
    return run("Tanh", floating(x))


def clip(x: Any, x_min: Any, x_max: Any) -> TracedTensor:
    """A Min and a Max: bounds may be tensors of any shape."""
    x = without_bool(x)
    low, high = (convert_to_tensor(bound, x.dtype) for bound in (x_min, x_max))
    if low.ndim == high.ndim == 0:
        return run("Clip", x, low, high)
    return run("Min", run("Max", x, low), high)


def hypot(x1: Any, x2: Any) -> TracedTensor:
    """The length of (x1, x2), scaled by the longer one so that squares do not overflow."""
    x1, x2 = (run("Abs", x) for x in _floating_pair(x1, x2))
    longer, shorter = run("Max", x1, x2), run("Min", x1, x2)
    ratio = divide_no_nan(shorter, longer)
    return run("Mul", longer, run("Sqrt", run("Add", constant(1, ratio.dtype), square(ratio))))


def heaviside(x1: Any, x2: Any) -> TracedTensor:
    """0 for negative numbers, 1 for positive ones, x2 for 0."""
    x1, x2 = _floating_pair(x1, x2)
    zero, one = constant(0, x1.dtype), constant(1, x1.dtype)
    step = run("Where", run("Greater", x1, zero), one, x2)
    return run("Where", run("Less", x1, zero), zero, step)


def _floating_pair(x1: Any, x2: Any) -> tuple[TracedTensor, TracedTensor]:
    """Return operands in their common dtype, made floating: 64-bit integers become float64."""
    x1, x2 = as_tensors(x1, x2)
    dtype = x1.dtype
    if not is_float(x1):
        dtype = "float64" if dtype == "int64" else keras.config.floatx()
    return cast(x1, dtype), cast(x2, dtype)


def ldexp(x1: Any, x2: Any) -> TracedTensor:
    """x1 * 2**x2."""
    x1, x2 = convert_to_tensor(x1), convert_to_tensor(x2)
    if "int" not in x2.dtype:
        raise TypeError(f"ldexp exponent must be an integer type. Received: x2 dtype={x2.dtype}")
    dtype = keras.backend.result_type(x1.dtype, x2.dtype, float)
    x1, x2 = cast(x1, dtype), cast(x2, dtype)
    scaled = run("Mul", x1, run("Pow", constant(2, dtype), x2))
    kept = run("Or", run("IsInf", x1), run("Equal", x1, constant(0, dtype)))
    return run("Where", kept, x1, scaled)
