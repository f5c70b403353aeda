"""What Keras takes for a tensor, as a traced one: conversion, casts, shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import (
    OpsetTooLowError,
    constant,
    dtype_name,
    ints,
    ir_numpy,
    onnx_type,
    op,
    op_multi,
    opset,
)
from mimo_export.backend._switch import is_running_tensor, running_to_numpy
from mimo_export.backend._tensor import Array, TracedTensor

_FLOAT8_SINCE = 19


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> TracedTensor:
    """Return what Keras takes for a tensor as a traced one; what is not traced is a constant."""
    dtype = None if dtype is None else keras.backend.standardize_dtype(dtype)
    if isinstance(x, keras.Variable):
        x = x.value
    if isinstance(x, (list, tuple)) and any(map(_has_traced, keras.tree.flatten(x))):
        x = _stacked(x)
    if isinstance(x, TracedTensor):
        return x if dtype is None else cast(x, dtype)
    return constant(_literal(x, dtype))


def _has_traced(x: Any) -> bool:
    return isinstance(x, (TracedTensor, keras.Variable))


def _stacked(items: Sequence[Any]) -> TracedTensor:
    """Return a (nested) list with traced elements as one tensor."""
    tensors = [convert_to_tensor(item) for item in items]
    dtype = keras.backend.result_type(*(t.dtype for t in tensors))
    rows = [op("Unsqueeze", cast(t, dtype), ints(0)) for t in tensors]
    return op("Concat", *rows, axis=0)


def _literal(x: Any, dtype: str | None) -> Array:
    """Return a value from outside of the graph as an array in the dtype that Keras gives it."""
    array: Array = np.asarray(running_to_numpy(x) if is_running_tensor(x) else x)
    if dtype is None and not is_running_tensor(x):
        # Python's and NumPy's default widths are no one's choice: Keras narrows them.
        dtype = {"float64": keras.config.floatx(), "int64": "int32"}.get(dtype_name(array))
    if array.dtype.kind in "US":
        return array.astype(object)
    return array if dtype is None or dtype == "string" else array.astype(ir_numpy(dtype))


def convert_to_numpy(x: Any) -> Array:
    """Return the elements of a constant; a value that is still to be computed is refused."""
    return convert_to_tensor(x).array


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor: traced, or the running backend's."""
    return isinstance(x, TracedTensor) or is_running_tensor(x)


def shape(x: Any) -> tuple[int | TracedTensor, ...]:
    """Return the sizes: ints where static, int32 scalars where dynamic."""
    x = convert_to_tensor(x)
    return tuple(_shapes.size_of(x, axis) for axis in range(x.ndim))


def cast(x: Any, dtype: Any) -> TracedTensor:
    """One Cast, none if the dtype is the same."""
    dtype = keras.backend.standardize_dtype(dtype)
    x = convert_to_tensor(x)
    if x.dtype == dtype:
        return x
    if dtype == "int64":
        return _shapes.as_int64(x)
    if dtype.startswith("float8") and opset() < _FLOAT8_SINCE:
        raise OpsetTooLowError(_FLOAT8_SINCE, f"Cast to {dtype}")
    result = op("Cast", x, to=onnx_type(dtype).value)
    result.dim = x.dim if "int" in dtype else None
    return result


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[TracedTensor]:
    """One Split and a Squeeze for each part."""
    x = convert_to_tensor(x)
    count = _shapes.static_size(x, axis, "keras.ops.unstack without `num`") if num is None else num
    sizes = ints(*([1] * count))
    parts = op_multi("Split", x, sizes, axis=axis, outputs=count) if count > 1 else (x,)
    return [op("Squeeze", part, ints(axis)) for part in parts]
