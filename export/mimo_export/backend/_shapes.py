"""Arithmetic with shapes: sizes that are ints where static and traced scalars where dynamic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import Dim, TracedTensor
from mimo_export.errors import UnsupportedOperationError


def size_of(x: TracedTensor, axis: int) -> int | TracedTensor:
    """Return the size of one dimension: an int, or an int32 scalar that knows its symbol."""
    dim = x.dims[axis]
    if isinstance(dim, int):
        return dim
    axis %= x.ndim
    wide = op("Squeeze", op("Shape", x, start=axis, end=axis + 1))
    scalar = op("Cast", wide, to=6)
    scalar.dim = dim
    return scalar


def static_size(x: TracedTensor, axis: int, asking: str) -> int:
    """Return the size of one dimension for what needs to know it while the model is traced.

    Args:
        x: The tensor.
        axis: The dimension.
        asking: What needs the size, as the error names it: "keras.ops.cross".

    Raises:
        UnsupportedOperationError: The dimension is dynamic.
    """
    dim = x.dims[axis]
    if isinstance(dim, int):
        return dim
    raise UnsupportedOperationError(
        f"{asking} needs a static size, and axis {axis % x.ndim} of {x!r} is dynamic",
        remedy="give this dimension a size where the model's input is declared",
    )


def as_int64(x: TracedTensor) -> TracedTensor:
    """Return an integer tensor as int64, which is what ONNX wants of shapes and indices.

    Sizes are int32 in Keras and int64 in ONNX: what was narrowed is taken from before.
    """
    if x.dtype == "int64":
        return x
    producer = x.value.producer()
    if producer is not None and producer.op_type == "Cast":
        source = producer.inputs[0]
        if source is not None and source.dtype is not None and source.dtype.name == "INT64":
            return TracedTensor(source, "int64", x.dims)
    return op("Cast", x, to=7)


def static(size: Any) -> int | None:
    """Return a size as an int if it is known, else None."""
    if isinstance(size, TracedTensor):
        return int(size) if size.is_constant else None
    return None if size is None else int(size)


def vector(sizes: Sequence[Any]) -> TracedTensor:
    """Return sizes (ints and traced scalars) as one int64 vector, constant if they all are."""
    known = [static(size) for size in sizes]
    if all(size is not None for size in known):
        return ints(*(size for size in known if size is not None))
    parts = [
        ints(fixed) if fixed is not None else op("Reshape", as_int64(size), ints(1))
        for fixed, size in zip(known, sizes, strict=True)
    ]
    return op("Concat", *parts, axis=0)


def dims_of(sizes: Sequence[Any]) -> tuple[Dim | None, ...]:
    """Return the dimensions that sizes stand for: ints, symbols, None where nothing is known."""
    return tuple(
        size.dim if isinstance(size, TracedTensor) and not size.is_constant else static(size)
        for size in sizes
    )


def common_size(one: Any, two: Any) -> Any:
    """Return the size that dimensions of two sizes (ints, traced scalars) are broadcast to."""
    first, second = dims_of((one, two))
    if second == 1 or (first == second and first is not None):
        return one
    if first == 1 or isinstance(second, int):
        return two
    if isinstance(first, int):
        return one
    return op("Squeeze", op("Max", vector([one]), vector([two])), ints(0))


def reshape(x: TracedTensor, sizes: Sequence[Any]) -> TracedTensor:
    """Return x in another shape; at most one size is -1, any may be dynamic.

    1. A size that is the input's own dimension at that place is copied (ONNX's 0).
    2. One unknown size among static ones is inferred (-1).
    3. Else the shape is computed in the graph.
    """
    wanted = _solve(x, dims_of(sizes))
    copied = [
        isinstance(dim, str) and i < x.ndim and x.dims[i] == dim for i, dim in enumerate(wanted)
    ]
    # What -1 stands for is written out where it is known: an empty batch leaves it open.
    known = [
        0 if copy else dim if isinstance(dim, int) else static(given)
        for copy, dim, given in zip(copied, wanted, sizes, strict=True)
    ]
    if known.count(None) == 1 and -1 not in known and _may_infer(wanted, known):
        known[known.index(None)] = -1
    if None not in known:
        target = ints(*(size for size in known if size is not None))
        # A literal 0 would be read as "copy": allowzero says that it is a size.
        literal = 0 in wanted and not any(copied)
    else:
        target, literal = vector(sizes), 0 in wanted
    result: TracedTensor = (
        op("Reshape", x, target, allowzero=1 if literal else None, types=[(x.dtype, wanted)])
        if not x.is_constant
        else op("Reshape", x, target, allowzero=1 if literal else None)
    )
    return result


def _may_infer(dims: Sequence[Dim | None], known: Sequence[int | None]) -> bool:
    """Whether -1 is well defined: not if another dimension may be empty."""
    return all(size != 0 or isinstance(dim, str) for dim, size in zip(dims, known, strict=True))


def _solve(x: TracedTensor, dims: tuple[Dim | None, ...]) -> tuple[Dim | None, ...]:
    """Return dims with -1 replaced by what it must be, None where that is not known."""
    if -1 not in dims:
        return dims
    inputs = list(x.dims)
    others = [dim for dim in dims if dim != -1]
    for dim in [dim for dim in others if isinstance(dim, str)]:
        if dim in inputs:
            inputs.remove(dim)
            others.remove(dim)
    if len(inputs) == 1 and isinstance(inputs[0], str) and all(dim == 1 for dim in others):
        missing: Dim | None = inputs[0]
    elif all(isinstance(dim, int) for dim in (*inputs, *others)):
        per = int(np.prod([dim for dim in others if isinstance(dim, int)]))
        total = int(np.prod([dim for dim in inputs if isinstance(dim, int)]))
        missing = total // per if per else 0
    else:
        missing = _rescaled(inputs, others)
    return tuple(missing if dim == -1 else dim for dim in dims)


def _rescaled(inputs: Sequence[Dim], others: Sequence[Dim | None]) -> Dim | None:
    """Return the symbol of a dynamic dimension that keeps its size, if one does."""
    symbols = [dim for dim in inputs if isinstance(dim, str)]
    total = int(np.prod([dim for dim in inputs if isinstance(dim, int)]))
    if len(symbols) == 1 and all(isinstance(dim, int) for dim in others):
        per = int(np.prod([dim for dim in others if isinstance(dim, int)]))
        return symbols[0] if per == total else None
    return None


def expand(x: TracedTensor, sizes: Sequence[Any]) -> TracedTensor:
    """Return x broadcast to a shape whose sizes may be dynamic."""
    if x.dims == dims_of(sizes):
        return x
    wanted = dims_of(sizes)
    if x.is_constant:
        result = run("Expand", x, vector(sizes))
    else:
        result = run("Expand", x, vector(sizes), types=[(x.dtype, wanted)])
    if x.is_constant and not result.is_constant:
        result.dims = tuple(
            w if w is not None else d for w, d in zip(wanted, result.dims, strict=True)
        )
    return result


def full(sizes: Sequence[Any], value: Any, dtype: str) -> TracedTensor:
    """Return a tensor of one value; its sizes may be dynamic."""
    return expand(constant(np.asarray(value), dtype), sizes)
