"""Tensors made from nothing but a shape: zeros, ones, ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, unstack


def array(x: Any, dtype: Any = None) -> TracedTensor:
    """Return x as a tensor."""
    return convert_to_tensor(x, dtype)


def copy(x: Any) -> TracedTensor:
    """Return the tensor: nothing changes one in place."""
    return convert_to_tensor(x)


def ndim(x: Any) -> int:
    """Return the rank."""
    return convert_to_tensor(x).ndim


def zeros(shape: Any, dtype: Any = None) -> TracedTensor:
    """A constant, or one Expand of a 0."""
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = None) -> TracedTensor:
    """A constant, or one Expand of a 1."""
    return full(shape, 1, dtype)


def empty(shape: Any, dtype: Any = None) -> TracedTensor:
    """Zeros: a file has no memory that is not set."""
    return full(shape, 0, dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> TracedTensor:
    """A constant, or one Expand."""
    dtype = keras.backend.standardize_dtype(dtype)
    return _shapes.expand(convert_to_tensor(fill_value, dtype), sizes(shape))


def zeros_like(x: Any, dtype: Any = None) -> TracedTensor:
    """Zeros in the shape of x."""
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> TracedTensor:
    """Ones in the shape of x."""
    return full_like(x, 1, dtype)


def empty_like(x: Any, dtype: Any = None) -> TracedTensor:
    """Zeros in the shape of x."""
    return full_like(x, 0, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> TracedTensor:
    """One value in the shape of x."""
    x = convert_to_tensor(x)
    dtype = x.dtype if dtype is None else keras.backend.standardize_dtype(dtype)
    shape = [_shapes.size_of(x, axis) for axis in range(x.ndim)]
    return _shapes.expand(convert_to_tensor(fill_value, dtype), shape)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> TracedTensor:
    """One Range; a constant if its bounds are known."""
    if dtype is None:
        given = [bound for bound in (start, stop, step) if bound is not None]
        dtype = keras.backend.result_type(*(getattr(b, "dtype", type(b)) for b in given))
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    dtype = keras.backend.standardize_dtype(dtype)
    # ONNX's Range knows fewer dtypes than Keras's.
    wide = (
        dtype
        if dtype in ("float32", "float64", "int16", "int32", "int64")
        else ("float32" if "float" in dtype else "int64")
    )
    result = op("Range", *(convert_to_tensor(bound, wide) for bound in (start, stop, step)))
    if isinstance(stop, TracedTensor) and stop.dim and (start, step) == (0, 1):
        result.dims = (stop.dim,)
    return cast(result, dtype)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Evenly spaced numbers; the last one is `stop` itself, not what the steps come to."""
    if num < 0:
        raise ValueError(f"`num` must be a non-negative integer. Received: num={num}")
    given = [getattr(bound, "dtype", type(bound)) for bound in (start, stop)]
    dtype = keras.backend.standardize_dtype(dtype or keras.backend.result_type(*given, float))
    computed = keras.backend.result_type(dtype, float)
    start, stop = convert_to_tensor(start, computed), convert_to_tensor(stop, computed)
    parts = num - 1 if endpoint else num
    step = run("Div", run("Sub", stop, start), constant(max(parts, 1), computed))
    rank = max(start.ndim, stop.ndim)
    axis %= rank + 1
    start, stop, wide = (_with_axis(x, axis, rank) for x in (start, stop, step))
    numbers = np.arange(num).reshape([-1 if i == axis else 1 for i in range(rank + 1)])
    result = run("Add", start, run("Mul", constant(numbers, computed), wide))
    if endpoint and num > 1:
        result = run("Where", constant(numbers == num - 1), stop, result)
    if "int" in dtype:
        result = run("Floor", result)
    result = cast(result, dtype)
    if not retstep:
        return result
    return result, step if parts > 0 else constant(np.nan, keras.config.floatx())


def _with_axis(x: TracedTensor, axis: int, rank: int) -> TracedTensor:
    """Return x with an axis of 1 where the numbers will run, if it has axes behind that place."""
    if x.ndim == 0:
        return x
    return op("Unsqueeze", x, ints(axis - rank + x.ndim if axis >= rank - x.ndim else 0))


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> TracedTensor:
    """Powers of `base` with evenly spaced exponents."""
    given = [getattr(bound, "dtype", type(bound)) for bound in (start, stop)]
    dtype = keras.backend.standardize_dtype(dtype or keras.backend.result_type(*given, float))
    computed = keras.backend.result_type(dtype, float)
    exponents = linspace(start, stop, num, endpoint, dtype=computed, axis=axis)
    return cast(run("Pow", convert_to_tensor(base, computed), exponents), dtype)


def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> TracedTensor:
    """Numbers of which each is the same multiple of the one before."""
    start, stop = convert_to_tensor(start), convert_to_tensor(stop)
    dtype = dtype or keras.backend.result_type(start.dtype, stop.dtype, float)
    computed = keras.backend.result_type(dtype, float)
    start, stop = cast(start, computed), cast(stop, computed)
    tens = constant(np.log(10), computed)
    low, high = (run("Div", run("Log", run("Abs", x)), tens) for x in (start, stop))
    sizes_ = logspace(low, high, num, endpoint, 10, computed, axis)
    return cast(run("Mul", sizes_, run("Sign", start)), dtype)


def meshgrid(*x: Any, indexing: str = "xy") -> list[TracedTensor]:
    """Each vector along an axis of its own, broadcast to all the others."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Valid values for `indexing` are 'xy' and 'ij'. Received: {indexing!r}")
    vectors = [_shapes.reshape(convert_to_tensor(part), [-1]) for part in x]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(order) > 1:
        order[:2] = [1, 0]
    shape = [_shapes.size_of(vectors[i], 0) for i in order]
    grids = []
    for number, vector in enumerate(vectors):
        others = [i for i, owner in enumerate(order) if owner != number]
        placed = op("Unsqueeze", vector, ints(*others)) if others else vector
        grids.append(_shapes.expand(placed, shape))
    return grids


def sizes(shape: Any) -> Sequence[Any]:
    """Return a shape given as an int, a sequence or a vector tensor as a list of sizes."""
    if isinstance(shape, TracedTensor):
        return [int(n) for n in shape.array] if shape.is_constant else unstack(shape)
    if isinstance(shape, int):
        return [shape]
    return list(shape)
