"""Matrices by their diagonals: identities, triangles, traces."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import reduction
from mimo_export.backend.numpy._dtypes import summable
from mimo_export.backend.numpy.creation import arange
from mimo_export.backend.numpy.shaping import moveaxis, ravel


def eye(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> TracedTensor:  # noqa: N803
    """A constant; of dynamic sizes, an Equal of row and column numbers."""
    return _band("Equal", N, M, k, dtype)


def identity(n: Any, dtype: Any = None) -> TracedTensor:
    """A constant: ones on the diagonal."""
    return eye(n, dtype=dtype)


def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> TracedTensor:  # noqa: N803
    """A constant: ones at and below a diagonal."""
    return _band("LessOrEqual", N, M, k, dtype)


def _band(comparison: str, rows: Any, columns: Any, k: Any, dtype: Any) -> TracedTensor:
    """Return where `column comparison row + k` holds, as numbers."""
    dtype = keras.backend.standardize_dtype(dtype)
    columns = rows if columns is None else columns
    row = op("Unsqueeze", arange(convert_to_tensor(rows, "int64"), dtype="int64"), ints(1))
    column = arange(convert_to_tensor(columns, "int64"), dtype="int64")
    shifted = run("Add", row, convert_to_tensor(k, "int64"))
    return cast(run(comparison, column, shifted), dtype)


def tril(x: Any, k: Any = 0) -> TracedTensor:
    """One Trilu."""
    return _triangle(x, k, upper=0)


def triu(x: Any, k: Any = 0) -> TracedTensor:
    """One Trilu."""
    return _triangle(x, k, upper=1)


def _triangle(x: Any, k: Any, upper: int) -> TracedTensor:
    x = convert_to_tensor(x)
    at = None if isinstance(k, int) and k == 0 else convert_to_tensor(k, "int64")
    return run("Trilu", x, at, upper=upper)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> TracedTensor:
    """One GatherElements of the column that belongs to each row."""
    x = moveaxis(convert_to_tensor(x), (axis1, axis2), (-2, -1))
    rows, columns = x.shape[-2:]
    if rows is None or columns is None:
        return _dynamic_diagonal(x, offset)
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    first = np.arange(length)
    places = (first + max(-offset, 0)) * columns + first + max(offset, 0)
    sizes = [_shapes.size_of(x, i) for i in range(x.ndim - 2)]
    flat = _shapes.reshape(x, [*sizes, rows * columns])
    return op("Gather", flat, constant(places, "int64"), axis=x.ndim - 2)


def _dynamic_diagonal(x: TracedTensor, offset: int) -> TracedTensor:
    rows, columns = (_shapes.vector([_shapes.size_of(x, x.ndim - 2 + i)]) for i in (0, 1))
    zero = ints(0)
    below = run("Sub", rows, ints(max(-offset, 0)))
    beside = run("Sub", columns, ints(max(offset, 0)))
    length = op("Squeeze", run("Max", run("Min", below, beside), zero))
    first = arange(length, dtype="int64")
    row = run("Add", first, ints(max(-offset, 0)))
    column = run("Add", first, ints(max(offset, 0)))
    leading = list(range(x.ndim - 2))
    turned = op("Transpose", x, perm=[x.ndim - 2, x.ndim - 1, *leading])
    places = op("Concat", *(op("Unsqueeze", p, ints(1)) for p in (row, column)), axis=1)
    found = op("GatherND", turned, places)
    return op("Transpose", found, perm=[*range(1, x.ndim - 1), 0]) if leading else found


def diag(x: Any, k: int = 0) -> TracedTensor:
    """A matrix with a vector on its diagonal, or the diagonal of a matrix."""
    x = convert_to_tensor(x)
    if x.ndim == 2:
        return diagonal(x, offset=k)
    if x.ndim != 1:
        raise ValueError(f"`x` must be 1d or 2d. Received: x.shape={x.shape}")
    size = _shapes.size_of(x, 0)
    square = run("Where", eye(size, dtype="bool"), x, constant(0, x.dtype))
    if k == 0:
        return square
    pads = (0, k, k, 0) if k > 0 else (-k, 0, 0, -k)
    return run("Pad", square, ints(*pads))


def diagflat(x: Any, k: int = 0) -> TracedTensor:
    """A matrix with all elements on its diagonal."""
    return diag(ravel(x), k)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> TracedTensor:
    """The sum of a diagonal."""
    return reduction.sum(diagonal(summable(x), offset, axis1, axis2), axis=-1)
