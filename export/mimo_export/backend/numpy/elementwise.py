"""Arithmetic and functions of a real number, element by element."""

from __future__ import annotations

from typing import Any

from mimo_export.backend._graph import op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy._dtypes import floating, promoted, promoted_floating


def add(x1: Any, x2: Any) -> TracedTensor:
    """One Add; of booleans, an Or."""
    x1, x2 = promoted(x1, x2)
    return op("Or" if x1.dtype == "bool" else "Add", x1, x2)


def subtract(x1: Any, x2: Any) -> TracedTensor:
    """One Sub."""
    return op("Sub", *promoted(x1, x2))


def multiply(x1: Any, x2: Any) -> TracedTensor:
    """One Mul; of booleans, an And."""
    x1, x2 = promoted(x1, x2)
    return op("And" if x1.dtype == "bool" else "Mul", x1, x2)


def divide(x1: Any, x2: Any) -> TracedTensor:
    """One Div of floating numbers."""
    return op("Div", *promoted_floating(x1, x2))


def true_divide(x1: Any, x2: Any) -> TracedTensor:
    """One Div of floating numbers."""
    return divide(x1, x2)


def negative(x: Any) -> TracedTensor:
    """One Neg."""
    return op("Neg", convert_to_tensor(x))


def absolute(x: Any) -> TracedTensor:
    """One Abs; a boolean stays as it is."""
    x = convert_to_tensor(x)
    return x if x.dtype == "bool" else op("Abs", x)


def abs(x: Any) -> TracedTensor:
    """One Abs."""
    return absolute(x)


def maximum(x1: Any, x2: Any) -> TracedTensor:
    """One Max."""
    return op("Max", *promoted(x1, x2))


def minimum(x1: Any, x2: Any) -> TracedTensor:
    """One Min."""
    return op("Min", *promoted(x1, x2))


def square(x: Any) -> TracedTensor:
    """One Mul of the tensor with itself; booleans become int32."""
    x = convert_to_tensor(x)
    x = cast(x, "int32") if x.dtype == "bool" else x
    return op("Mul", x, x)


def sqrt(x: Any) -> TracedTensor:
    """One Sqrt."""
    return op("Sqrt", floating(x))


def exp(x: Any) -> TracedTensor:
    """One Exp."""
    return op("Exp", floating(x))


def log(x: Any) -> TracedTensor:
    """One Log."""
    return op("Log", floating(x))


def tanh(x: Any) -> TracedTensor:
    """One Tanh."""
    return op("Tanh", floating(x))


def sin(x: Any) -> TracedTensor:
    """One Sin."""
    return op("Sin", floating(x))


def cos(x: Any) -> TracedTensor:
    """One Cos."""
    return op("Cos", floating(x))


def power(x1: Any, x2: Any) -> TracedTensor:
    """One Pow."""
    return op("Pow", *promoted(x1, x2))


def reciprocal(x: Any) -> TracedTensor:
    """One Reciprocal."""
    return op("Reciprocal", floating(x))


def clip(x: Any, x_min: Any, x_max: Any) -> TracedTensor:
    """A Min and a Max: bounds may be tensors of any shape."""
    x = convert_to_tensor(x)
    x = cast(x, "int32") if x.dtype == "bool" else x
    low, high = (convert_to_tensor(bound, x.dtype) for bound in (x_min, x_max))
    if low.ndim == high.ndim == 0:
        return op("Clip", x, low, high)
    return op("Min", op("Max", x, low), high)
