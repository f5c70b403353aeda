"""Order: sorting, and places in what is sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op, op_multi
from mimo_export.backend._kernels import computed_in, run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import reduction
from mimo_export.backend.numpy._dtypes import as_tensors
from mimo_export.backend.numpy.shaping import ravel, reshape

_COMPARED = 128  # elements that each value is compared with at once, which is as fast


def sort(x: Any, axis: int | None = -1) -> TracedTensor:
    """One TopK of all elements, smallest first."""
    x = convert_to_tensor(x)
    return ravel(x) if x.ndim == 0 and axis is None else _sorted(x, axis)[0]


def argsort(x: Any, axis: int | None = -1) -> TracedTensor:
    """The places of a TopK of all elements, smallest first; equal ones stay in their order."""
    x = convert_to_tensor(x)
    if x.ndim == 0:
        return constant([0], "int32")
    return _sorted(x, axis)[1]


def argpartition(x: Any, kth: int, axis: int | None = -1) -> TracedTensor:
    """The places in sorted order, which is a partition at every place."""
    return argsort(x, axis)


def _sorted(x: TracedTensor, axis: int | None) -> tuple[TracedTensor, TracedTensor]:
    """Return the values and the int32 places of a tensor sorted along an axis."""
    if axis is None:
        x, axis = ravel(x), 0
    if x.ndim == 0:
        return x, constant(0, "int32")
    axis %= x.ndim
    values, places = top(x, _shapes.size_of(x, axis), axis, largest=False)
    return values, cast(places, "int32")


def top(x: TracedTensor, k: Any, axis: int, largest: bool) -> tuple[TracedTensor, TracedTensor]:
    """Return one TopK: k values, best first, and their int64 places."""
    wide = cast(x, computed_in("TopK", x.dtype) if x.dtype != "bool" else "int32")
    dims = [_shapes.dims_of([k])[0] if i == axis else dim for i, dim in enumerate(x.dims)]
    values, places = op_multi(
        "TopK",
        wide,
        _shapes.vector([k]),
        outputs=2,
        axis=axis,
        largest=int(largest),
        types=None if x.is_constant else [(wide.dtype, dims), ("int64", dims)],
    )
    return cast(values, x.dtype), places


def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> TracedTensor:
    """The number of elements of a sorted vector below each value ("right": not above it)."""
    sequence, values = as_tensors(sorted_sequence, values)
    if sequence.ndim != 1:
        raise ValueError(
            "`searchsorted` only supports 1-D sorted sequences. You can use "
            "`keras.ops.vectorized_map` to extend it to N-D sequences. Received: "
            f"sorted_sequence.shape={sequence.shape}"
        )
    length = sequence.dims[0]
    if isinstance(length, int) and length > _COMPARED:
        return _halved(sequence, length, values, side)
    below = _is_below(sequence, op("Unsqueeze", values, ints(-1)), side)
    return reduction.count_nonzero(below, axis=-1)


def _is_below(sequence: TracedTensor, values: TracedTensor, side: str) -> TracedTensor:
    if "float" in values.dtype:  # "not above" rather than "below" puts NaN behind everything
        kind = "LessOrEqual" if side == "left" else "Less"
        return op("Not", run(kind, values, sequence))
    return run("Less" if side == "left" else "LessOrEqual", sequence, values)


def _halved(sequence: TracedTensor, length: int, values: TracedTensor, side: str) -> TracedTensor:
    """Return what comparing with every element would, by a Gather for each bit of the count."""
    bits = length.bit_length()
    last = np.asarray(np.inf if "float" in values.dtype else np.iinfo(values.dtype).max)
    room = ints(0, 2**bits - 1 - length)
    filled = run("Pad", sequence, room, constant(last, sequence.dtype))
    found: TracedTensor | None = None
    for bit in reversed(range(bits)):
        step = constant(2**bit, "int64")
        if found is None:
            element = op("Gather", filled, constant(2**bit - 1, "int64"))
        else:
            element = op("Gather", filled, run("Add", found, constant(2**bit - 1, "int64")))
        taken = run("Mul", cast(_is_below(element, values, side), "int64"), step)
        found = taken if found is None else run("Add", found, taken)
    if found is None:
        raise ValueError("a sequence of no elements is compared")
    # What was filled up is not below anything but NaN and, for "right", the largest number.
    return cast(run("Min", found, constant(length, "int64")), "int32")


def digitize(x: Any, bins: Any) -> TracedTensor:
    """The number of edges that are not above each element."""
    x, edges = convert_to_tensor(x), convert_to_tensor(bins)
    if "float" not in x.dtype and "float" in edges.dtype:
        x = cast(x, edges.dtype)
    return searchsorted(cast(edges, x.dtype), x, side="right")


def unravel_index(indices: Any, shape: Any) -> tuple[TracedTensor, ...]:
    """The coordinates of places in a flattened tensor: remainders, last axis first."""
    rest = convert_to_tensor(indices)
    total = 1
    for size in shape:
        total *= int(size)
    negative = run("Less", rest, constant(0, rest.dtype))
    rest = run("Where", negative, run("Add", rest, constant(total, rest.dtype)), rest)
    coordinates = []
    for size in reversed(shape):
        length = constant(int(size), rest.dtype)
        coordinates.append(run("Mod", rest, length))
        rest = run("Div", rest, length)
    return tuple(reversed(coordinates))


def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """One Unique; without `size` the length of the result depends on the data.

    With `size`, a Pad and a Slice each: by `fill_value` or 0, of places by 1 and of counts by 0.
    """
    x = convert_to_tensor(x)
    wide = x if x.dtype in ("float32", "float64", "int64", "int8") else cast(x, _unique_in(x))
    values, index, inverse, counts = op_multi("Unique", wide, outputs=4, axis=axis, sorted=1)
    if axis is None:
        inverse = reshape(inverse, [_shapes.size_of(x, i) for i in range(x.ndim)])
    if size is not None:
        values = _of_size(values, size, axis or 0, fill_value or 0)
        index, counts = _of_size(index, size, 0, 1), _of_size(counts, size, 0, 0)
    wanted = [part for part, asked in ((index, return_index), (inverse, return_inverse)) if asked]
    wanted += [counts] if return_counts else []
    results = [cast(values, x.dtype), *(cast(part, "int32") for part in wanted)]
    return tuple(results) if wanted else results[0]


def _of_size(x: TracedTensor, size: int, axis: int, fill: Any) -> TracedTensor:
    """Return x with an axis of a known size: cut, or filled at its end."""
    axis %= x.ndim
    ends = [0] * x.ndim
    ends[axis] = size
    padded = run("Pad", x, ints(*[0] * x.ndim, *ends), constant(fill, x.dtype))
    return padded[(*[slice(None)] * axis, slice(0, size))]


def _unique_in(x: TracedTensor) -> str:
    return "float32" if "float" in x.dtype else "int64"
