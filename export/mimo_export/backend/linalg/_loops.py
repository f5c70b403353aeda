"""What the loops over the columns of matrices [..., rows, columns] have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor, fori_loop
from mimo_export.backend.numpy import creation, shaping
from mimo_export.backend.numpy.diagonal import eye


def over(count: Any, step: Callable[[TracedTensor, Any], Any], state: Any) -> Any:
    """Return the state after `step(k, state)` for each int64 k below a count: one Loop."""
    return fori_loop(0, count, lambda i, values: step(_shapes.as_int64(i), values), state)


def places(x: TracedTensor, axis: int) -> TracedTensor:
    """Return the int64 places along an axis: [size]."""
    size = convert_to_tensor(_shapes.size_of(x, axis), "int64")
    dims = [("int64", (x.dims[axis],))]
    types = None if size.is_constant else dims
    return op("Range", constant(0, "int64"), size, constant(1, "int64"), types=types)


def column(x: TracedTensor, k: TracedTensor) -> TracedTensor:
    """Return column k: [..., rows]."""
    return op("Gather", x, k, axis=x.ndim - 1)


def element(x: TracedTensor, k: TracedTensor) -> TracedTensor:
    """Return element k of each vector: [..., 1]."""
    return op("Gather", x, op("Reshape", k, ints(1)), axis=x.ndim - 1)


def row(x: TracedTensor, k: TracedTensor) -> TracedTensor:
    """Return row k: [..., 1, columns]."""
    return op("Gather", x, op("Reshape", k, ints(1)), axis=x.ndim - 2)


def upright(x: TracedTensor) -> TracedTensor:
    """Return vectors [..., rows] as columns [..., rows, 1]."""
    return op("Unsqueeze", x, ints(-1))


def flipped(x: TracedTensor) -> TracedTensor:
    """Return the transpose of each matrix."""
    return shaping.swapaxes(x, -1, -2)


def product(x: TracedTensor, y: TracedTensor) -> TracedTensor:
    """Return the product of matrices."""
    return run("MatMul", x, y)


def identity_like(x: TracedTensor) -> TracedTensor:
    """Return an identity matrix of as many rows as x has, for each matrix of x."""
    rows = _shapes.size_of(x, -2)
    batch = [_shapes.size_of(x, axis) for axis in range(x.ndim - 2)]
    one = eye(rows, dtype=x.dtype)
    return _shapes.expand(one, [*batch, rows, rows])


def smaller(x: TracedTensor) -> Any:
    """Return the number of rows or of columns, whichever is smaller."""
    rows, columns = _shapes.size_of(x, -2), _shapes.size_of(x, -1)
    if isinstance(rows, int) and isinstance(columns, int):
        return min(rows, columns)
    if x.dims[-1] == x.dims[-2]:
        return rows
    return run("Min", *(convert_to_tensor(size, "int32") for size in (rows, columns)))


def zero(x: TracedTensor) -> TracedTensor:
    """Return a 0 in the dtype of x."""
    return creation.zeros((), x.dtype)
