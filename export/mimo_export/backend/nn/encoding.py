"""Classes as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import reduction
from mimo_export.errors import UnsupportedOperationError

_MANY = 128  # classes from which on a row of each is more than a place in one row


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> TracedTensor:
    """One OneHot; Keras gives zeros for a negative index, where ONNX counts from the end."""
    if sparse:
        raise UnsupportedOperationError(
            "a sparse tensor has no ONNX form", remedy="encode with sparse=False"
        )
    indices = cast(convert_to_tensor(x), "int64")
    if indices.ndim == 0:
        alone = one_hot(op("Unsqueeze", indices, ints(0)), num_classes, -1, dtype)
        return op("Squeeze", alone, ints(0))
    depth = constant(num_classes, "int64")
    indices = op("Where", op("Less", indices, constant(0, "int64")), depth, indices)
    # onnxruntime has kernels for few dtypes of the two values, float32 among them.
    encoded = op("OneHot", indices, depth, constant([0, 1], "float32"), axis=axis)
    return cast(encoded, keras.backend.standardize_dtype(dtype or "float32"))


def multi_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> TracedTensor:
    """The largest of the one-hot vectors of a row; of many classes, ones in zeros."""
    x = convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(dtype or "float32")
    if num_classes >= _MANY and x.ndim in (1, 2) and axis == -1 and not sparse:
        places, last = cast(x, "int64"), constant(num_classes, "int64")
        known = op(
            "And", op("GreaterOrEqual", places, constant(0, "int64")), op("Less", places, last)
        )
        return cast(written(op("Where", known, places, last), num_classes), dtype)
    encoded = one_hot(x, num_classes, axis, "float32", sparse)
    return cast(
        reduction.extreme_number("ReduceMax", encoded, 1 if x.ndim > 1 else 0, False), dtype
    )


def written(ids: TracedTensor, depth: int, reduction: str | None = None) -> TracedTensor:
    """Return int64 rows of a place for each class, with 1 where an id of the last axis is.

    One write for each id: a one-hot tensor would be as long as the classes for every one of them.

    Args:
        ids: int64 or int32 numbers 0..depth; `depth` stands for nothing, and is cut off.
        depth: The number of classes.
        reduction: "add" to count.
    """
    sizes = [_shapes.size_of(ids, axis) for axis in range(ids.ndim)]
    blank = _shapes.full([*sizes[:-1], depth + 1], 0, "int64")
    ones = _shapes.full(sizes, 1, "int64")
    seen = op("ScatterElements", blank, ids, ones, axis=-1, reduction=reduction)
    return seen[..., :depth]
