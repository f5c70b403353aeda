"""Many numbers to one: sums, means, extremes along axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op, opset
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise
from mimo_export.backend.numpy._dtypes import floating, is_float, summable, without_bool
from mimo_export.backend.numpy.shaping import ravel, reshape

Axis = int | Sequence[int] | None


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
    """One ReduceMean, in float32 at least."""
    return _in_float32("ReduceMean", x, axis, keepdims)


def _in_float32(op_type: str, x: Any, axis: Axis, keepdims: bool) -> TracedTensor:
    x = convert_to_tensor(x)
    computed = cast(x, keras.backend.result_type(x.dtype, "float32"))
    result = reduce(op_type, computed, axis, keepdims)
    return cast(result, x.dtype) if is_float(x) else result


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
    """One ReduceMax."""
    return max(x, axis, keepdims)


def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMin."""
    return min(x, axis, keepdims)


def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The largest less the smallest."""
    return elementwise.subtract(max(x, axis, keepdims), min(x, axis, keepdims))


def _extreme(op_type: str, x: Any, axis: Axis, keepdims: bool, initial: Any) -> TracedTensor:
    x = convert_to_tensor(x)
    found = cast(reduce(op_type, without_bool(x), axis, keepdims), x.dtype)
    if initial is None:
        return found
    better = elementwise.maximum if op_type == "ReduceMax" else elementwise.minimum
    return better(found, convert_to_tensor(initial, found.dtype))


def any(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMax of 0 and 1."""
    return cast(reduce("ReduceMax", _bits(x), axis, keepdims), "bool")


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
    centred = elementwise.subtract(computed, mean(computed, axis, keepdims=True))
    result = mean(elementwise.square(centred), axis, keepdims)
    return cast(result, keras.backend.result_type(x.dtype, float))


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
    """One CumSum."""
    x, axis = along(x, axis, dtype)
    return run("CumSum", x, op("Squeeze", ints(axis)))


def along(x: Any, axis: int | None, dtype: Any) -> tuple[TracedTensor, int]:
    """Return the tensor in the dtype of its running total, and the axis."""
    x = convert_to_tensor(x)
    dtype = keras.backend.result_type(dtype or x.dtype)
    x = cast(x, "int32" if dtype == "bool" else dtype)
    return (ravel(x), 0) if axis is None else (x, axis % x.ndim)
