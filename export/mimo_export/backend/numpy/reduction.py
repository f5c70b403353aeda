"""Many numbers to one: sums, means, extremes along axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend._graph import ints, op, opset
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise
from mimo_export.backend.numpy._dtypes import floating
from mimo_export.backend.numpy.shaping import ravel, reshape

Axis = int | Sequence[int] | None


def reduce(op_type: str, x: TracedTensor, axis: Axis, keepdims: bool = False) -> TracedTensor:
    """Return one Reduce operator; its axes are an attribute before opset 18, then an input."""
    axes = _axes(axis, x.ndim)
    if not axes and (axis is not None or x.ndim == 0):
        return x
    if op_type == "ReduceSum" or opset() >= 18:
        chosen = ints(*axes) if axis is not None else None
        result = op(op_type, x, chosen, keepdims=int(keepdims))
    else:
        given = axes if axis is not None else None
        result = op(op_type, x, axes=given, keepdims=int(keepdims))
    return result


def _axes(axis: Axis, rank: int) -> list[int]:
    if axis is None:
        return list(range(rank))
    return sorted(a % rank for a in ([axis] if isinstance(axis, int) else axis))


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceSum; narrow integers are summed in 32 bits."""
    x = convert_to_tensor(x)
    wide = {
        "bool": "int32",
        "int8": "int32",
        "int16": "int32",
        "uint8": "uint32",
        "uint16": "uint32",
    }
    return reduce("ReduceSum", cast(x, wide.get(x.dtype, x.dtype)), axis, keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMean."""
    return reduce("ReduceMean", floating(x), axis, keepdims)


def max(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> TracedTensor:
    """One ReduceMax; of booleans through int32."""
    return _extreme("ReduceMax", x, axis, keepdims, initial)


def min(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> TracedTensor:
    """One ReduceMin; of booleans through int32."""
    return _extreme("ReduceMin", x, axis, keepdims, initial)


def _extreme(op_type: str, x: Any, axis: Axis, keepdims: bool, initial: Any) -> TracedTensor:
    x = convert_to_tensor(x)
    found = reduce(op_type, cast(x, "int32") if x.dtype == "bool" else x, axis, keepdims)
    if initial is not None:
        better = elementwise.maximum if op_type == "ReduceMax" else elementwise.minimum
        found = better(found, convert_to_tensor(initial, found.dtype))
    return cast(found, x.dtype)


def any(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMax of 0 and 1."""
    return cast(reduce("ReduceMax", _bits(x), axis, keepdims), "bool")


def all(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """One ReduceMin of 0 and 1."""
    return cast(reduce("ReduceMin", _bits(x), axis, keepdims), "bool")


def _bits(x: Any) -> TracedTensor:
    return cast(cast(convert_to_tensor(x), "bool"), "int32")


def var(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The mean square distance from the mean."""
    x = convert_to_tensor(x)
    real = floating(x)
    centred = elementwise.subtract(real, mean(real, axis, keepdims=True))
    return mean(elementwise.square(centred), axis, keepdims)


def std(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The square root of the variance."""
    return elementwise.sqrt(var(x, axis, keepdims))


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> TracedTensor:
    """One ArgMax, in int32 as Keras gives it."""
    return _place("ArgMax", x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> TracedTensor:
    """One ArgMin, in int32 as Keras gives it."""
    return _place("ArgMin", x, axis, keepdims)


def _place(op_type: str, x: Any, axis: int | None, keepdims: bool) -> TracedTensor:
    x = convert_to_tensor(x)
    x = cast(x, "int32") if x.dtype == "bool" else x
    if axis is None:
        found = op(op_type, ravel(x), axis=0, keepdims=0)
        found = reshape(found, [1] * x.ndim) if keepdims else found
    else:
        found = op(op_type, x, axis=axis, keepdims=int(keepdims))
    return cast(found, "int32")


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> TracedTensor:
    """One CumSum."""
    x = convert_to_tensor(x)
    dtype = keras.backend.result_type(dtype or x.dtype)
    x = cast(x, "int32" if dtype == "bool" else dtype)
    if axis is None:
        x, axis = ravel(x), 0
    return op("CumSum", x, op("Squeeze", ints(axis)))
