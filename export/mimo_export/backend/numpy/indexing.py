"""Elements chosen by their place."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, unstack
from mimo_export.backend.numpy._dtypes import promoted
from mimo_export.backend.numpy.shaping import ravel


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
    axis %= x.ndim
    if indices.dtype not in ("int32", "int64"):
        indices = cast(indices, "int32")
    sizes = [_shapes.size_of(x if indices.dims[i] == 1 else indices, i) for i in range(x.ndim)]
    indices = _shapes.expand(
        indices, [_shapes.size_of(indices, i) if i == axis else n for i, n in enumerate(sizes)]
    )
    x = _shapes.expand(x, [_shapes.size_of(x, i) if i == axis else n for i, n in enumerate(sizes)])
    return op("GatherElements", x, indices, axis=axis)


def nonzero(x: Any) -> tuple[TracedTensor, ...]:
    """One NonZero, one vector of places for each axis."""
    x = convert_to_tensor(x)
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
    return op("Where", cast(condition, "bool"), *promoted(x1, x2))
