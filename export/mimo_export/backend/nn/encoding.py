"""Classes as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import reduction
from mimo_export.errors import UnsupportedOperationError


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
    """The largest of the one-hot vectors of a row."""
    x = convert_to_tensor(x)
    encoded = one_hot(x, num_classes, axis, "float32", sparse)
    found = reduction.max(encoded, 1 if x.ndim > 1 else 0)
    return cast(found, keras.backend.standardize_dtype(dtype or "float32"))
