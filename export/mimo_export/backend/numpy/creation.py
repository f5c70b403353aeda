"""Tensors made from nothing but a shape: zeros, ones, ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, unstack


def zeros(shape: Any, dtype: Any = None) -> TracedTensor:
    """A constant, or one Expand of a 0."""
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = None) -> TracedTensor:
    """A constant, or one Expand of a 1."""
    return full(shape, 1, dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> TracedTensor:
    """A constant, or one Expand."""
    dtype = keras.backend.standardize_dtype(dtype)
    return _shapes.expand(convert_to_tensor(fill_value, dtype), sizes(shape))


def zeros_like(x: Any, dtype: Any = None) -> TracedTensor:
    """Zeros in the shape of x."""
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> TracedTensor:
    """Ones in the shape of x."""
    return full_like(x, 1, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> TracedTensor:
    """One value in the shape of x."""
    x = convert_to_tensor(x)
    dtype = x.dtype if dtype is None else keras.backend.standardize_dtype(dtype)
    shape = [_shapes.size_of(x, axis) for axis in range(x.ndim)]
    return _shapes.expand(convert_to_tensor(fill_value, dtype), shape)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> TracedTensor:
    """One Range; a constant if its bounds are known."""
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if dtype is None:
        given = [getattr(bound, "dtype", type(bound)) for bound in (start, stop, step)]
        dtype = keras.backend.result_type(*given)
    dtype = keras.backend.standardize_dtype(dtype)
    # ONNX's Range knows fewer dtypes than Keras's.
    wide = (
        dtype
        if dtype in ("float32", "float64", "int16", "int32", "int64")
        else ("float32" if "float" in dtype else "int64")
    )
    bounds = [convert_to_tensor(bound, wide) for bound in (start, stop, step)]
    result = op("Range", *bounds)
    if isinstance(stop, TracedTensor) and stop.dim and (start, step) == (0, 1):
        result.dims = (stop.dim,)
    return cast(result, dtype)


def sizes(shape: Any) -> Sequence[Any]:
    """Return a shape given as an int, a sequence or a vector tensor as a list of sizes."""
    if isinstance(shape, TracedTensor):
        return [int(n) for n in shape.array] if shape.is_constant else unstack(shape)
    if isinstance(shape, int):
        return [shape]
    return list(shape)
