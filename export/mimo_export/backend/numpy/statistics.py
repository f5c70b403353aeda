"""Quantiles, counts and correlations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise, linear, reduction, rounding, sorting
from mimo_export.backend.numpy._dtypes import is_float
from mimo_export.backend.numpy.creation import linspace
from mimo_export.backend.numpy.diagonal import diagonal
from mimo_export.backend.numpy.reduction import Axis, normal_axes
from mimo_export.backend.numpy.shaping import (
    expand_dims,
    moveaxis,
    ravel,
    reshape,
    swapaxes,
    transpose,
)
from mimo_export.errors import UnsupportedOperationError


def median(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The 0.5-quantile."""
    return quantile(x, 0.5, axis, keepdims=keepdims)


def percentile(
    x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> TracedTensor:
    """The quantile of a share in percent."""
    q = convert_to_tensor(q, keras.config.floatx())
    return quantile(x, elementwise.divide(q, 100.0), axis, method, keepdims)


def quantile(
    x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> TracedTensor:
    """The element at the share q of the sorted ones; between two by the method.

    The axes of q come first in the result, as NumPy has them. One NaN makes the result NaN.
    """
    x, q = convert_to_tensor(x), cast(convert_to_tensor(q), "float64")
    x = cast(x, keras.backend.result_type(x.dtype, float))
    axes = normal_axes(axis, x.ndim)
    ordered = sorting.sort(flattened_last(x, axes), axis=-1)
    last = convert_to_tensor(_shapes.size_of(ordered, ordered.ndim - 1), "float64")
    place = elementwise.multiply(q, elementwise.subtract(last, constant(1, "float64")))

    def at(rounded: TracedTensor) -> TracedTensor:
        return op("Gather", ordered, cast(rounded, "int64"), axis=ordered.ndim - 1)

    found = between(at, place, method)
    if is_float(x):
        missing = reduction.any(rounding.isnan(ordered), axis=-1, keepdims=True)
        missing = _with_rank(missing, q.ndim)
        found = run("Where", missing, constant(float("nan"), x.dtype), found)
    found = moveaxis(found, list(range(found.ndim - q.ndim, found.ndim)), list(range(q.ndim)))
    return expand_dims(found, [a + q.ndim for a in axes]) if keepdims and axes else found


def _with_rank(x: TracedTensor, extra: int) -> TracedTensor:
    """Return x [..., 1] with as many axes of 1 at its end as asked for."""
    if extra == 0:
        return op("Squeeze", x, ints(-1))
    return x if extra == 1 else expand_dims(x, list(range(x.ndim, x.ndim + extra - 1)))


def flattened_last(x: TracedTensor, axes: list[int]) -> TracedTensor:
    """Return x with some axes merged into a last one."""
    others = [axis for axis in range(x.ndim) if axis not in axes]
    turned = transpose(x, [*others, *axes])
    if len(axes) == 1:
        return turned
    return reshape(turned, [*(_shapes.size_of(x, axis) for axis in others), -1])


def between(
    at: Callable[[TracedTensor], TracedTensor], place: TracedTensor, method: str
) -> TracedTensor:
    """Return what stands at a fractional place, where `at` gives what stands at a whole one."""
    low, high = run("Floor", place), run("Ceil", place)
    if method == "lower":
        return at(low)
    if method == "higher":
        return at(high)
    if method == "nearest":
        return at(run("Round", place))
    if method == "midpoint":
        return elementwise.multiply(elementwise.add(at(low), at(high)), 0.5)
    if method != "linear":
        raise ValueError(f"Unknown quantile method {method!r}")
    share = cast(run("Sub", place, low), at(low).dtype)
    below = elementwise.multiply(at(low), elementwise.subtract(1, share))
    return elementwise.add(below, elementwise.multiply(at(high), share))


def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> TracedTensor:
    """One ScatterElements that adds; negative numbers go to a last place, which is cut off."""
    if sparse:
        raise UnsupportedOperationError(
            "a sparse tensor has no ONNX form",
            where="keras.ops.bincount(sparse=True)",
            remedy="use sparse=False",
        )
    x = convert_to_tensor(x)
    dtype = "int32"
    if weights is not None:
        weights = convert_to_tensor(weights)
        dtype = keras.backend.result_type(x.dtype, weights.dtype)
    x = cast(x, "int64")
    count = elementwise.maximum(
        elementwise.add(reduction.max(x), constant(1, "int64")), constant(minlength, "int64")
    )
    places = run("Where", run("Less", x, constant(0, "int64")), count, x)
    # onnxruntime adds no halves and no narrow integers.
    added_in = dtype if dtype in ("float64", "int32", "int64") else "float32"
    added = _shapes.full([_shapes.size_of(x, a) for a in range(x.ndim)], 1, added_in)
    if weights is not None:
        added = cast(weights, added_in)
    sizes = [*(_shapes.size_of(x, a) for a in range(x.ndim - 1)), count + 1]
    zeros = _shapes.full(sizes, 0, added_in)
    sums = op("ScatterElements", zeros, places, added, axis=x.ndim - 1, reduction="add")
    return cast(sums[..., :-1], dtype)


def histogram(x: Any, bins: int = 10, range: Any = None) -> tuple[TracedTensor, TracedTensor]:
    """Counts between evenly spaced edges; the last bin holds its upper edge too."""
    x = ravel(convert_to_tensor(x))
    low, high = (reduction.min(x), reduction.max(x)) if range is None else range
    edges = cast(linspace(low, high, bins + 1), x.dtype)
    inside = op(
        "And",
        run("GreaterOrEqual", x, convert_to_tensor(low, x.dtype)),
        run("LessOrEqual", x, convert_to_tensor(high, x.dtype)),
    )
    places = sorting.searchsorted(edges[1:-1], x, side="right")
    hits = run("Equal", op("Unsqueeze", places, ints(-1)), constant(np.arange(bins), "int32"))
    hits = op("And", hits, op("Unsqueeze", inside, ints(-1)))
    return cast(reduction.sum(hits, axis=0), x.dtype), edges


def corrcoef(x: Any) -> TracedTensor:
    """The covariances of rows over the products of their deviations."""
    x = convert_to_tensor(x)
    x = x if is_float(x) else cast(x, "float64" if x.dtype == "int64" else keras.config.floatx())
    if x.ndim == 0:
        return constant(float("nan"), keras.config.floatx())
    rows = x if x.ndim > 1 else expand_dims(x, 0)
    centred = elementwise.subtract(rows, reduction.mean(rows, -1, keepdims=True))
    products = linear.matmul(centred, swapaxes(centred, -1, -2))
    deviations = elementwise.sqrt(diagonal(products, axis1=-2, axis2=-1))
    scale = elementwise.multiply(expand_dims(deviations, -1), expand_dims(deviations, -2))
    result = elementwise.clip(elementwise.divide(products, scale), -1.0, 1.0)
    return result if x.ndim > 1 else op("Squeeze", result, ints(0, 1))
