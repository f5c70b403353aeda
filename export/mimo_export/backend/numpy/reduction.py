"""Many numbers to one: sums, means, extremes along axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op, opset
from mimo_export.backend._kernels import run
from mimo_export.backend._marks import NAN_TAKES_ANOTHER_WAY
from mimo_export.backend._rows import rows_of
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise
from mimo_export.backend.numpy._dtypes import floating, is_float, summable, without_bool
from mimo_export.backend.numpy.shaping import ravel, reshape

Axis = int | Sequence[int] | None

_MANY = 1024  # numbers from which on the rounding of their mean shows in their variance


def reduce(op_type: str, x: TracedTensor, axis: Axis, keepdims: bool = False) -> TracedTensor:
    """Return one Reduce operator; its axes are an attribute before opset 18, then an input."""
    axes = normal_axes(axis, x.ndim)
    if not axes and (axis is not None or x.ndim == 0):
        return x
    if op_type == "ReduceSum" or opset() >= 18:
        chosen = ints(*axes) if axis is not None else None
        return run(op_type, x, chosen, keepdims=int(keepdims))
    return run(op_type, x, axes=axes if axis is not None else None, keepdims=int(keepdims))


def normal_axes(axis: Axis, rank: int) -> list[int]:
    """Return axes as sorted numbers from 0 on; all of them for None."""
    if axis is None:
        return list(range(rank))
    axes = [axis] if isinstance(axis, int) else [int(a) for a in axis]
    for a in axes:
        if not -rank <= a < rank:
            raise ValueError(f"axis {a} is out of bounds for a tensor of rank {rank}")
    return sorted(a % rank for a in axes)


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceSum; narrow integers are summed in 32 bits."""
    return reduce("ReduceSum", summable(x), axis, keepdims)


def prod(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> TracedTensor:
    """One ReduceProd; narrow integers are multiplied in 32 bits."""
    x = summable(x) if dtype is None else cast(x, dtype)
    return reduce("ReduceProd", x, axis, keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMean, in float32 at least; of nothing it is 0, and in Keras NaN."""
    x = convert_to_tensor(x)
    computed = cast(x, keras.backend.result_type(x.dtype, "float32"))
    result = reduce("ReduceMean", computed, axis, keepdims)
    if 0 in (x.dims[a] for a in normal_axes(axis, x.ndim)):
        result = run("Add", result, constant(float("nan"), result.dtype))
    return cast(result, x.dtype) if is_float(x) else result


def _numbers(x: TracedTensor, axes: Sequence[int]) -> int:
    """Return how many numbers become one; 0 where that is not known."""
    return math.prod(size if isinstance(size, int) else 0 for size in (x.dims[a] for a in axes))


def average(x: Any, axis: Any = None, weights: Any = None) -> TracedTensor:
    """The mean, or the weighted sum over the sum of the weights."""
    x = convert_to_tensor(x)
    if weights is None:
        return mean(cast(x, keras.backend.result_type(x.dtype, float)), axis)
    weights = convert_to_tensor(weights)
    dtype = keras.backend.result_type(x.dtype, weights.dtype, float)
    x, weights = cast(x, dtype), cast(weights, dtype)
    if axis is not None and weights.ndim < x.ndim:
        shape = [1] * x.ndim
        shape[axis] = -1
        weights = reshape(weights, shape)
    total = sum(elementwise.multiply(x, weights), axis)
    return elementwise.divide(total, sum(weights, axis))


def max(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> TracedTensor:
    """One ReduceMax; of booleans through integers."""
    return _extreme("ReduceMax", x, axis, keepdims, initial)


def min(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> TracedTensor:
    """One ReduceMin; of booleans through integers."""
    return _extreme("ReduceMin", x, axis, keepdims, initial)


def amax(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The largest."""
    return max(x, axis, keepdims)


def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The smallest."""
    return min(x, axis, keepdims)


def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The largest less the smallest; NaN in one of the two is enough."""
    x = convert_to_tensor(x)
    largest = extreme_number("ReduceMax", x, axis, keepdims)
    return elementwise.subtract(largest, min(x, axis, keepdims))


def _extreme(op_type: str, x: Any, axis: Axis, keepdims: bool, initial: Any) -> TracedTensor:
    x = convert_to_tensor(x)
    found = cast(reduce(op_type, without_bool(x), axis, keepdims), x.dtype)
    if initial is None:
        return found
    better = elementwise.maximum if op_type == "ReduceMax" else elementwise.minimum
    return better(found, convert_to_tensor(initial, found.dtype))


def extreme_number(op_type: str, x: TracedTensor, axis: Axis, keepdims: bool) -> TracedTensor:
    """Return the largest or smallest, where NaN takes another way or has been replaced."""
    found = reduce(op_type, without_bool(x), axis, keepdims)
    maker = found.value.producer()
    if maker is not None and maker.op_type == op_type:
        maker.meta[NAN_TAKES_ANOTHER_WAY] = True
    return cast(found, x.dtype)


def any(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMax of 0 and 1; of nothing it is the least number."""
    return run("Greater", reduce("ReduceMax", _bits(x), axis, keepdims), constant(0, "int32"))


def all(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMin of 0 and 1."""
    return cast(reduce("ReduceMin", _bits(x), axis, keepdims), "bool")


def count_nonzero(x: Any, axis: Axis = None) -> TracedTensor:
    """One ReduceSum of 0 and 1."""
    return reduce("ReduceSum", _bits(x), axis)


def _bits(x: Any) -> TracedTensor:
    return cast(cast(convert_to_tensor(x), "bool"), "int32")


def var(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The mean square distance from the mean, in float32 at least."""
    x = convert_to_tensor(x)
    computed = cast(x, keras.backend.result_type(x.dtype, "float32"))
    result = mean_square_distance(computed, mean(computed, axis, keepdims=True), axis, keepdims)
    return cast(result, keras.backend.result_type(x.dtype, float))


def mean_square_distance(
    x: TracedTensor, centre: TracedTensor, axis: Axis, keepdims: bool
) -> TracedTensor:
    """Return the variance, given the mean.

    float32 rounds the mean of many numbers far from 0 by several units in the last place, whose
    square the distances from it have too much: it is what their own mean tells.
    """
    centred = elementwise.subtract(x, centre)
    result = mean(elementwise.square(centred), axis, keepdims)
    if _numbers(x, normal_axes(axis, x.ndim)) < _MANY:
        return result
    return elementwise.subtract(result, elementwise.square(mean(centred, axis, keepdims)))


def std(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The square root of the variance."""
    return elementwise.sqrt(var(floating(x), axis, keepdims))


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> TracedTensor:
    """One ArgMax, in int32 as Keras gives it."""
    return _place("ArgMax", x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> TracedTensor:
    """One ArgMin, in int32 as Keras gives it."""
    return _place("ArgMin", x, axis, keepdims)


def _place(op_type: str, x: Any, axis: int | None, keepdims: bool) -> TracedTensor:
    x = without_bool(x)
    if x.ndim == 0:
        return constant(0, "int32")
    if axis is None:
        found = run(op_type, ravel(x), axis=0, keepdims=0)
        found = reshape(found, [1] * x.ndim) if keepdims else found
    else:
        found = run(op_type, x, axis=axis, keepdims=int(keepdims))
    return cast(found, "int32")


def size(x: Any) -> Any:
    """The number of elements: a constant where it is known."""
    x = convert_to_tensor(x)
    if x.size is not None:
        return constant(x.size, "int32")
    return prod(cast(_shapes.vector([_shapes.size_of(x, i) for i in range(x.ndim)]), "int32"))


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> TracedTensor:
    """One CumSum; of many floats one in each row of a long axis, and one of the rows' totals."""
    x, axis = along(x, axis, dtype)
    rows = rows_of(x.dims[axis]) if is_float(x) else None
    if rows is None:
        return run("CumSum", x, op("Squeeze", ints(axis)))
    before, behind = ([_shapes.size_of(x, a) for a in part] for part in _around(axis, x.ndim))
    parted = _shapes.reshape(x, [*before, *rows, *behind])
    within = run("CumSum", parted, op("Squeeze", ints(axis + 1)))
    totals = op("Gather", within, ints(-1), axis=axis + 1)
    earlier = run("CumSum", totals, op("Squeeze", ints(axis)), exclusive=1)
    return _shapes.reshape(run("Add", within, earlier), [*before, x.dims[axis], *behind])


def _around(axis: int, rank: int) -> tuple[range, range]:
    return range(axis), range(axis + 1, rank)


def along(x: Any, axis: int | None, dtype: Any) -> tuple[TracedTensor, int]:
    """Return the tensor in the dtype of its running total, and the axis."""
    x = convert_to_tensor(x)
    dtype = keras.backend.result_type(dtype or x.dtype)
    x = cast(x, "int32" if dtype == "bool" else dtype)
    return (ravel(x), 0) if axis is None else (x, axis % x.ndim)
