"""Keras's `backend.core` in ONNX: conversion, shapes, slices, control flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._associative import associative_scan
from mimo_export.backend._control import (
    compute_output_spec,
    cond,
    fori_loop,
    map,
    scan,
    switch,
    vectorized_map,
    while_loop,
)
from mimo_export.backend._convert import (
    cast,
    convert_to_numpy,
    convert_to_tensor,
    is_tensor,
    shape,
    unstack,
)
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor

__all__ = [
    "associative_scan",
    "cast",
    "compute_output_spec",
    "cond",
    "convert_to_numpy",
    "convert_to_tensor",
    "custom_gradient",
    "fori_loop",
    "is_tensor",
    "map",
    "random_seed_dtype",
    "remat",
    "scan",
    "scatter",
    "scatter_update",
    "shape",
    "slice",
    "slice_update",
    "stop_gradient",
    "switch",
    "unstack",
    "vectorized_map",
    "while_loop",
]

SUPPORTS_SPARSE_TENSORS = False
SUPPORTS_RAGGED_TENSORS = False
SUPPORTS_COMPLEX_DTYPES = False
IS_THREAD_SAFE = False


def stop_gradient(variable: Any) -> Any:
    """Return the tensor as it is: there is no gradient at inference."""
    return convert_to_tensor(variable)


def random_seed_dtype() -> str:
    """Return the dtype of a seed."""
    return "int32"


def slice(inputs: Any, start_indices: Any, shape: Any) -> TracedTensor:
    """One Slice from `start_indices` of the given sizes; both may be traced."""
    x = convert_to_tensor(inputs)
    starts, shape = _elements(start_indices, x.ndim), _elements(shape, x.ndim)
    ends = [
        op("Add", _shapes.vector([s]), _shapes.vector([n]))
        if _shapes.static(s) is None or _shapes.static(n) is None
        else ints(int(s) + int(n))
        for s, n in zip(starts, shape, strict=True)
    ]
    end = op("Concat", *ends, axis=0) if len(ends) > 1 else ends[0]
    types = None if x.is_constant else [(x.dtype, _shapes.dims_of(shape))]
    return op("Slice", x, _shapes.vector(starts), end, ints(*range(x.ndim)), types=types)


def _elements(values: Any, count: int) -> list[Any]:
    """Return the elements of a vector given as a sequence or as a tensor."""
    if isinstance(values, (list, tuple)):
        return list(values)
    return unstack(convert_to_tensor(values), num=count)


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> TracedTensor:
    """The updates, padded to the tensor's shape, where they lie; the tensor elsewhere.

    A start from which the updates would not fit is moved, as XLA does it.
    """
    x = convert_to_tensor(inputs)
    update = cast(updates, x.dtype)
    starts, ends = [], []
    for axis, start in enumerate(_elements(start_indices, x.ndim)):
        size = convert_to_tensor(_shapes.size_of(x, axis), "int64")
        length = convert_to_tensor(_shapes.size_of(update, axis), "int64")
        room = op("Sub", size, length)
        place = op("Max", op("Min", convert_to_tensor(start, "int64"), room), constant(0, "int64"))
        starts.append(place)
        ends.append(op("Sub", room, place))
    pads = _shapes.vector([*starts, *ends])
    inside = constant(True)
    covered = _shapes.expand(inside, [_shapes.size_of(update, i) for i in range(x.ndim)])
    mask = run("Pad", covered, pads, types=[("bool", x.dims)])
    padded = run("Pad", update, pads, types=[(x.dtype, x.dims)])
    return run("Where", mask, padded, x)


def scatter(indices: Any, values: Any, shape: Any) -> TracedTensor:
    """One ScatterND into zeros; values for the same place are added."""
    values = convert_to_tensor(values)
    return scatter_update(_shapes.full(_listed(shape), 0, values.dtype), indices, values, "add")


def scatter_update(
    inputs: Any, indices: Any, updates: Any, reduction: str | None = None
) -> TracedTensor:
    """One ScatterND."""
    if reduction not in (None, "add", "mul", "max", "min"):
        raise ValueError(f"Unsupported reduction: {reduction}")
    x = convert_to_tensor(inputs)
    places = _shapes.as_int64(convert_to_tensor(indices))
    return run("ScatterND", x, places, cast(updates, x.dtype), reduction=reduction)


def _listed(shape: Any) -> list[Any]:
    return unstack(shape) if isinstance(shape, TracedTensor) else list(shape)


def custom_gradient(fun: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function's forward part."""

    def forward(*args: Any, **kwargs: Any) -> Any:
        return fun(*args, **kwargs)[0]

    return forward


def remat(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function: there is nothing to recompute at inference."""
    return f
