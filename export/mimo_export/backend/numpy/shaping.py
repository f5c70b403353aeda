"""The same elements in another arrangement."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op, op_multi
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import Dim, TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy.creation import sizes


def reshape(x: Any, newshape: Any) -> TracedTensor:
    """One Reshape."""
    return _shapes.reshape(convert_to_tensor(x), sizes(newshape))


def ravel(x: Any) -> TracedTensor:
    """One Reshape to a vector."""
    return reshape(x, (-1,))


def transpose(x: Any, axes: Sequence[int] | None = None) -> TracedTensor:
    """One Transpose."""
    x = convert_to_tensor(x)
    order = [a % x.ndim for a in axes] if axes is not None else list(reversed(range(x.ndim)))
    return x if order == sorted(order) else op("Transpose", x, perm=order)


def swapaxes(x: Any, axis1: int, axis2: int) -> TracedTensor:
    """One Transpose of two axes."""
    x = convert_to_tensor(x)
    order = list(range(x.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(x, order)


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> TracedTensor:
    """One Transpose that brings axes to new places."""
    x = convert_to_tensor(x)
    sources = [a % x.ndim for a in _listed(source)]
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for place, axis in sorted(
        zip([d % x.ndim for d in _listed(destination)], sources, strict=True)
    ):
        order.insert(place, axis)
    return transpose(x, order)


def expand_dims(x: Any, axis: int | Sequence[int]) -> TracedTensor:
    """One Unsqueeze."""
    x = convert_to_tensor(x)
    rank = x.ndim + len(_listed(axis))
    return op("Unsqueeze", x, ints(*(a % rank for a in _listed(axis))))


def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> TracedTensor:
    """One Squeeze."""
    x = convert_to_tensor(x)
    chosen = [i for i, dim in enumerate(x.dims) if dim == 1] if axis is None else _listed(axis)
    if not chosen:
        return x
    return op("Squeeze", x, ints(*(a % x.ndim for a in chosen)))


def concatenate(xs: Sequence[Any], axis: int | None = 0) -> TracedTensor:
    """One Concat in the common dtype."""
    tensors = [convert_to_tensor(x) for x in xs]
    dtype = keras.backend.result_type(*(x.dtype for x in tensors))
    tensors = [cast(x, dtype) for x in tensors]
    if axis is None:
        tensors, axis = [ravel(x) for x in tensors], 0
    return tensors[0] if len(tensors) == 1 else op("Concat", *tensors, axis=axis % tensors[0].ndim)


def stack(x: Sequence[Any], axis: int = 0) -> TracedTensor:
    """One Unsqueeze for each tensor and a Concat."""
    tensors = [convert_to_tensor(part) for part in x]
    axis %= tensors[0].ndim + 1
    return concatenate([expand_dims(part, axis) for part in tensors], axis)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[TracedTensor]:
    """One Split; at given places along a dynamic axis, one Slice for each part.

    Where a dynamic size is no multiple of the number of parts, the graph fails when it is run.
    """
    x = convert_to_tensor(x)
    axis %= x.ndim
    total = x.shape[axis]
    if isinstance(indices_or_sections, int):
        if total is not None and total % indices_or_sections:
            raise ValueError(
                f"Cannot split a dimension of {total} into {indices_or_sections} equal parts"
            )
        return parts(x, [0] * indices_or_sections, axis)
    edges = [0, *(int(i) for i in convert_to_tensor(indices_or_sections).array)]
    if total is None:
        key: list[Any] = [slice(None)] * axis
        return [x[(*key, slice(a, b))] for a, b in zip(edges, [*edges[1:], None], strict=True)]
    stops = [min(max(i + total if i < 0 else i, 0), total) for i in edges]
    lengths = [max(stop - start, 0) for start, stop in itertools.pairwise([*stops, total])]
    if len(lengths) == 1:
        return [x]
    return list(op_multi("Split", x, ints(*lengths), axis=axis, outputs=len(lengths)))


def parts(x: TracedTensor, extras: Sequence[int], axis: int) -> list[TracedTensor]:
    """One Split; a part is as long as the size and its extra, divided by the number of parts."""
    count, total = len(extras), x.shape[axis]
    if count == 1:
        return [x]
    if total is not None:
        lengths = ints(*((total + extra) // count for extra in extras))
    else:
        size = _shapes.vector([_shapes.size_of(x, axis)])
        lengths = op("Div", op("Add", size, ints(*extras)), ints(count))
    return list(op_multi("Split", x, lengths, axis=axis, outputs=count))


def broadcast_to(x: Any, shape: Any) -> TracedTensor:
    """One Expand."""
    return _shapes.expand(convert_to_tensor(x), sizes(shape))


def tile(x: Any, repeats: Any) -> TracedTensor:
    """One Tile."""
    x = convert_to_tensor(x)
    counts = sizes(repeats)
    if len(counts) < x.ndim:
        counts = [1] * (x.ndim - len(counts)) + list(counts)
    if len(counts) > x.ndim:
        x = expand_dims(x, list(range(len(counts) - x.ndim)))
    dims = [_tiled(dim, count) for dim, count in zip(x.dims, counts, strict=True)]
    return run("Tile", x, _shapes.vector(counts), types=[(x.dtype, dims)])


def _tiled(dim: Dim, count: Any) -> Dim | None:
    """Return a dimension that is repeated, None if it is not known."""
    known = _shapes.static(count)
    if known is not None and (known == 1 or isinstance(dim, int)):
        return dim * known
    return _shapes.dims_of([count])[0] if dim == 1 else None


def flip(x: Any, axis: int | Sequence[int] | None = None) -> TracedTensor:
    """One Slice with steps of -1."""
    x = convert_to_tensor(x)
    axes = [a % x.ndim for a in (range(x.ndim) if axis is None else _listed(axis))]
    if not axes:
        return x
    last = [-1] * len(axes)
    # INT64_MIN is ONNX's "to before the first element".
    stops = [-(2**63)] * len(axes)
    types = None if x.is_constant else [(x.dtype, x.dims)]
    return op("Slice", x, ints(*last), ints(*stops), ints(*axes), ints(*last), types=types)


def fliplr(x: Any) -> TracedTensor:
    """One Slice of the second axis, backwards."""
    return flip(x, axis=1)


def flipud(x: Any) -> TracedTensor:
    """One Slice of the first axis, backwards."""
    return flip(x, axis=0)


def rot90(array: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> TracedTensor:
    """A Transpose and a flip for each quarter turn; two flips for a half."""
    x = convert_to_tensor(array)
    if x.ndim < 2:
        raise ValueError(
            f"Input array must have at least 2 dimensions. Received: array.ndim={x.ndim}"
        )
    if len(axes) != 2 or axes[0] == axes[1]:
        raise ValueError(f"Invalid axes: {axes}. Axes must be a tuple of two different dimensions.")
    first, second = (a % x.ndim for a in axes)
    if k % 4 == 0:
        return x
    if k % 4 == 2:
        return flip(x, (first, second))
    if k % 4 == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second)


def roll(x: Any, shift: Any, axis: int | Sequence[int] | None = None) -> TracedTensor:
    """Two Slices and a Concat for each axis."""
    x = convert_to_tensor(x)
    if axis is None:
        sizes_ = [_shapes.size_of(x, i) for i in range(x.ndim)]
        return _shapes.reshape(_rolled(ravel(x), shift, 0), sizes_)
    axes = _listed(axis)
    shifts = [shift] * len(axes) if isinstance(shift, int) else list(shift)
    for each, place in zip(shifts, axes, strict=True):
        x = _rolled(x, each, place % x.ndim)
    return x


def _rolled(x: TracedTensor, shift: Any, axis: int) -> TracedTensor:
    size = x.shape[axis]
    amount = convert_to_tensor(shift, "int64")
    if size == 0 or (amount.is_constant and size is not None and int(amount) % size == 0):
        return x
    length = convert_to_tensor(_shapes.size_of(x, axis), "int64")
    # The last `shift` elements come first; Mod makes any shift one that lies inside. Of nothing
    # there is nothing to move, but a Mod by 0 would be an error.
    divisor = length if size else op("Max", length, constant(1, "int64"))
    cut = op("Reshape", op("Sub", length, op("Mod", amount, divisor)), ints(1))
    back = op("Slice", x, cut, ints(2**63 - 1), ints(axis))
    front = op("Slice", x, ints(0), cut, ints(axis))
    types = None if x.is_constant else [(x.dtype, x.dims)]
    return op("Concat", back, front, axis=axis, types=types)


def repeat(x: Any, repeats: Any, axis: int | None = None) -> TracedTensor:
    """Each element several times in a row.

    1. The same number for all: a new axis is broadcast and merged.
    2. A number for each element: one Gather; each place that is read is the number of elements
       whose repetitions have ended before it.
    """
    x = convert_to_tensor(x)
    if axis is None:
        x, axis = ravel(x), 0
    axis %= x.ndim
    counts = convert_to_tensor(repeats, "int64")
    if counts.ndim == 1 and isinstance(counts.dims[0], str):
        counts = _shapes.expand(counts, [_shapes.size_of(x, axis)])
    if counts.size == 1:
        sizes_: list[Any] = [_shapes.size_of(x, i) for i in range(x.ndim)]
        count = int(counts) if counts.is_constant else op("Squeeze", counts)
        wide = [*sizes_[: axis + 1], count, *sizes_[axis + 1 :]]
        spread = _shapes.expand(op("Unsqueeze", x, ints(axis + 1)), wide)
        size = sizes_[axis]
        known = isinstance(size, int) and isinstance(count, int)
        return _shapes.reshape(
            spread, [*sizes_[:axis], size * count if known else -1, *sizes_[axis + 1 :]]
        )
    if counts.is_constant:
        places = constant(np.repeat(np.arange(counts.size or 0), counts.array), "int64")
    else:
        ends = op("CumSum", counts, constant(0, "int64"))
        total = op("Squeeze", ends[-1:], ints(0))
        steps = op("Range", constant(0, "int64"), total, constant(1, "int64"))
        ended = op("LessOrEqual", ends, op("Unsqueeze", steps, ints(1)))
        places = op("ReduceSum", op("Cast", ended, to=7), ints(1), keepdims=0)
    return op("Gather", x, places, axis=axis)


def _listed(axis: int | Sequence[int]) -> list[int]:
    return [axis] if isinstance(axis, int) else [int(a) for a in axis]
