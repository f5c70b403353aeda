"""Lengths of vectors, and the norms of matrices that need no singular values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise, reduction
from mimo_export.backend.numpy._dtypes import floating
from mimo_export.backend.numpy.reduction import normal_axes
from mimo_export.errors import UnsupportedOperationError


def norm(
    x: Any, ord: Any = None, axis: int | Sequence[int] | None = None, keepdims: bool = False
) -> TracedTensor:
    """The length of vectors, or a norm of matrices that needs no singular values."""
    x = floating(x)
    if axis is None:
        axis = tuple(range(x.ndim))
    axes = [axis] if isinstance(axis, int) else list(axis)
    normal_axes(axes, x.ndim)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, [a % x.ndim for a in axes], keepdims)
    if ord is not None:
        raise ValueError(f"Invalid axis values. Received: axis={axis}")
    return _length(x, axes, keepdims)


def _length(x: TracedTensor, axes: int | Sequence[int], keepdims: bool) -> TracedTensor:
    return elementwise.sqrt(reduction.sum(elementwise.square(x), axes, keepdims))


def _vector_norm(x: TracedTensor, ord: Any, axis: int, keepdims: bool) -> TracedTensor:
    if isinstance(ord, str):
        what = f"Invalid `ord` argument for vector norm. Received: ord={ord}"
        raise ValueError(what)  # noqa: TRY004 - Keras's own error
    if ord is None or ord == 2:
        return _length(x, axis, keepdims)
    sizes = run("Abs", x)
    if ord == math.inf:
        return reduction.max(sizes, axis, keepdims)
    if ord == -math.inf:
        return reduction.min(sizes, axis, keepdims)
    if ord == 0:
        other = run("Not", run("Equal", x, constant(0, x.dtype)))
        return reduction.sum(cast(other, x.dtype), axis, keepdims)
    power = convert_to_tensor(ord, x.dtype)
    total = reduction.sum(run("Pow", sizes, power), axis, keepdims)
    return run("Pow", total, run("Reciprocal", power))


def _matrix_norm(x: TracedTensor, ord: Any, axes: list[int], keepdims: bool) -> TracedTensor:
    if ord is None or ord == "fro":
        return _length(x, axes, keepdims)
    if ord in ("nuc", 2, -2):
        raise UnsupportedOperationError(
            f"keras.ops.norm has no ONNX form for ord={ord!r}: it needs singular values",
            where=repr(x),
            remedy="use ord='fro', 1, -1, inf or -inf",
        )
    if ord not in (1, -1, math.inf, -math.inf):
        raise ValueError(f"Invalid `ord` argument for matrix norm. Received: ord={ord}")
    summed, left = axes if ord in (1, -1) else reversed(axes)
    sums = reduction.sum(run("Abs", x), summed, keepdims=True)
    extreme = reduction.max if ord > 0 else reduction.min
    found = extreme(sums, left, keepdims=True)
    if keepdims:
        return found
    return op("Squeeze", found, ints(*axes))
