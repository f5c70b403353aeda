"""Reductions that leave out what is not a number."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mimo_export.backend._graph import constant, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import cumulative, elementwise, reduction
from mimo_export.backend.numpy._dtypes import is_float
from mimo_export.backend.numpy.reduction import Axis
from mimo_export.backend.numpy.rounding import isnan, nan_to_num


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
    found = reduction.max(_replaced(x, -np.inf), axis, keepdims)
    return _unless_empty(x, found, axis, keepdims)


def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The smallest number; NaN if there is none."""
    x = convert_to_tensor(x)
    found = reduction.min(_replaced(x, np.inf), axis, keepdims)
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
    squares = elementwise.square(_replaced(centred, 0))
    total = reduction.sum(squares, axis, keepdims)
    return elementwise.divide(total, _count(x, axis, keepdims))


def nanstd(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The square root of the variance of the numbers."""
    return elementwise.sqrt(nanvar(x, axis, keepdims))


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
