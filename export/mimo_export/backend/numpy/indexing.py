"""Elements chosen by their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ir_numpy, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, unstack
from mimo_export.backend.numpy._dtypes import promoted
from mimo_export.backend.numpy.shaping import ravel
from mimo_export.errors import UnsupportedOperationError


def take(x: Any, indices: Any, axis: int | None = None) -> TracedTensor:
    """One Gather, with negative indices counted from the end."""
    x, indices = convert_to_tensor(x), convert_to_tensor(indices)
    if axis is None:
        x, axis = ravel(x), 0
    if indices.dtype not in ("int32", "int64"):
        indices = cast(indices, "int32")
    if indices.dim is not None:
        indices = _shapes.as_int64(indices)
    return op("Gather", x, indices, axis=axis % x.ndim)


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> TracedTensor:
    """One GatherElements; the other axes are broadcast first."""
    x, indices = convert_to_tensor(x), convert_to_tensor(indices)
    if axis is None:
        x, indices, axis = ravel(x), ravel(indices), 0
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"Invalid axis: {axis} for input rank: {x.ndim}")
    axis %= x.ndim
    if indices.dtype not in ("int32", "int64"):
        indices = cast(indices, "int32")
    sizes = [
        _shapes.common_size(_shapes.size_of(x, i), _shapes.size_of(indices, i))
        for i in range(x.ndim)
    ]
    x, indices = (
        _shapes.expand(t, [*sizes[:axis], _shapes.size_of(t, axis), *sizes[axis + 1 :]])
        for t in (x, indices)
    )
    return op("GatherElements", x, indices, axis=axis)


def nonzero(x: Any) -> tuple[TracedTensor, ...]:
    """One NonZero, one vector of places for each axis."""
    x = cast(convert_to_tensor(x), "bool")
    places = op("NonZero", x)
    return (
        tuple(cast(part, "int32") for part in unstack(places, num=x.ndim)) if x.ndim else (places,)
    )


def where(
    condition: Any, x1: Any = None, x2: Any = None
) -> TracedTensor | tuple[TracedTensor, ...]:
    """One Where; with a condition alone, the places where it holds."""
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError(
            "`x1` and `x2` either both should be `None` or both should have non-None value."
        )
    return run("Where", cast(condition, "bool"), *promoted(x1, x2))


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> TracedTensor:
    """One Where for each condition, the first that holds decides."""
    *choices, result = promoted(*choicelist, default)
    for condition, choice in reversed(list(zip(condlist, choices, strict=True))):
        result = run("Where", cast(condition, "bool"), choice, result)
    return result


def view(x: Any, dtype: Any = None) -> TracedTensor:
    """Return a constant's bytes as another dtype: ONNX has no such operator for what is computed.

    Raises:
        UnsupportedOperationError: The tensor is not a constant.
    """
    x = convert_to_tensor(x)
    if dtype is None or dtype == x.dtype:
        return x
    if not x.is_constant:
        raise UnsupportedOperationError(
            f"keras.ops.view of {x.dtype} as {dtype} has no ONNX form",
            where=repr(x),
            remedy="use keras.ops.cast, which converts the values",
        )
    return constant(x.array.view(ir_numpy(dtype)))
