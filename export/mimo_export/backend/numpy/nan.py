"""Reductions that leave out what is not a number."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import cumulative, elementwise, reduction, sorting
from mimo_export.backend.numpy._dtypes import is_float
from mimo_export.backend.numpy.reduction import Axis
from mimo_export.backend.numpy.rounding import isnan, nan_to_num
from mimo_export.backend.numpy.shaping import expand_dims, moveaxis
from mimo_export.backend.numpy.statistics import between, flattened_last


def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The sum, with 0 in the place of NaN."""
    return reduction.sum(_replaced(x, 0), axis, keepdims)


def nanprod(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The product, with 1 in the place of NaN."""
    return reduction.prod(_replaced(x, 1), axis, keepdims)


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> TracedTensor:
    """The running sum, with 0 in the place of NaN."""
    return reduction.cumsum(nan_to_num(x), axis, dtype)


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> TracedTensor:
    """The running product, with 1 in the place of NaN."""
    return cumulative.cumprod(nan_to_num(x, nan=1.0), axis, dtype)


def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The largest number; NaN if there is none."""
    x = convert_to_tensor(x)
    found = reduction.extreme_number("ReduceMax", _replaced(x, -np.inf), axis, keepdims)
    return _unless_empty(x, found, axis, keepdims)


def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The smallest number; NaN if there is none."""
    x = convert_to_tensor(x)
    found = reduction.extreme_number("ReduceMin", _replaced(x, np.inf), axis, keepdims)
    return _unless_empty(x, found, axis, keepdims)


def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> TracedTensor:
    """The place of the largest number; -1 if there is none."""
    x = convert_to_tensor(x)
    found = reduction.argmax(_replaced(x, -np.inf), axis, keepdims)
    return _place_unless_empty(x, found, axis, keepdims)


def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> TracedTensor:
    """The place of the smallest number; -1 if there is none."""
    x = convert_to_tensor(x)
    found = reduction.argmin(_replaced(x, np.inf), axis, keepdims)
    return _place_unless_empty(x, found, axis, keepdims)


def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The sum of the numbers over their count."""
    x = convert_to_tensor(x)
    if not is_float(x):
        return reduction.mean(x, axis, keepdims)
    return elementwise.divide(nansum(x, axis, keepdims), _count(x, axis, keepdims))


def nanvar(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The mean square distance of the numbers from their mean."""
    x = convert_to_tensor(x)
    x = cast(x, keras.backend.result_type(x.dtype, float))
    centred = elementwise.subtract(x, nanmean(x, axis, keepdims=True))
    # Not where the distance is NaN: that of an infinity is, and counts.
    squares = elementwise.square(run("Where", isnan(x), constant(0, x.dtype), centred))
    total = reduction.sum(squares, axis, keepdims)
    return elementwise.divide(total, _count(x, axis, keepdims))


def nanstd(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The square root of the variance of the numbers."""
    return elementwise.sqrt(nanvar(x, axis, keepdims))


def nanmedian(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The 0.5-quantile of the numbers."""
    if isinstance(axis, (tuple, list)) and not axis:
        return convert_to_tensor(x)
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


def nanpercentile(
    x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> TracedTensor:
    """The quantile of a share in percent, of the numbers alone."""
    q = convert_to_tensor(q, keras.config.floatx())
    return nanquantile(x, elementwise.divide(q, 100.0), axis, method, keepdims)


def nanquantile(
    x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> TracedTensor:
    """The number at the share q of the sorted ones, behind which all that is NaN is left.

    The axis of a vector q comes first in the result; where there is no number it is NaN.
    """
    x, q = convert_to_tensor(x), cast(convert_to_tensor(q), "float64")
    x = cast(x, keras.backend.result_type(x.dtype, float))
    axes = reduction.normal_axes(axis, x.ndim)
    flat = flattened_last(x, axes)
    ordered = sorting.sort(_replaced(flat, np.inf), axis=-1)
    last = run("Sub", _count(cast(flat, "float64"), -1, True), constant(1, "float64"))
    place = run("Mul", q if q.ndim else op("Unsqueeze", q, ints(0)), last)

    def at(rounded: TracedTensor) -> TracedTensor:
        place = run("Max", cast(rounded, "int64"), constant(0, "int64"))
        return op("GatherElements", ordered, place, axis=-1)

    found = between(at, place, method)
    empty = run("Less", last, constant(0, "float64"))
    found = run("Where", empty, constant(np.nan, x.dtype), found)
    found = moveaxis(found, -1, 0) if q.ndim else op("Squeeze", found, ints(-1))
    return expand_dims(found, [a + q.ndim for a in axes]) if keepdims and axes else found


def _replaced(x: Any, value: float) -> TracedTensor:
    """Return x with a value in the place of NaN."""
    x = convert_to_tensor(x)
    return run("Where", run("IsNaN", x), constant(value, x.dtype), x) if is_float(x) else x


def _count(x: TracedTensor, axis: Axis, keepdims: bool) -> TracedTensor:
    return reduction.sum(cast(op("Not", isnan(x)), x.dtype), axis, keepdims)


def _unless_empty(x: TracedTensor, found: TracedTensor, axis: Axis, keep: bool) -> TracedTensor:
    if not is_float(x):
        return found
    return run("Where", reduction.all(isnan(x), axis, keep), constant(np.nan, x.dtype), found)


def _place_unless_empty(
    x: TracedTensor, found: TracedTensor, axis: Axis, keep: bool
) -> TracedTensor:
    if not is_float(x):
        return found
    return run("Where", reduction.all(isnan(x), axis, keep), constant(-1, "int32"), found)
