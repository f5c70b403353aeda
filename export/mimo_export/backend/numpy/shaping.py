"""The same elements in another arrangement."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op, op_multi
from mimo_export.backend._tensor import TracedTensor
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
    """One Split."""
    x = convert_to_tensor(x)
    axis %= x.ndim
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        lengths = [_exactly(x.shape[axis], count)] * count
    else:
        stops = [int(i) for i in indices_or_sections]
        total = x.shape[axis]
        if total is None:
            raise ValueError(f"Cannot split the dynamic axis {axis} of {x!r} at given places")
        edges = [0, *stops, total]
        lengths = [stop - start for start, stop in itertools.pairwise(edges)]
    if len(lengths) == 1:
        return [x]
    return list(op_multi("Split", x, ints(*lengths), axis=axis, outputs=len(lengths)))


def _exactly(total: int | None, count: int) -> int:
    if total is None or total % count:
        raise ValueError(f"Cannot split a dimension of {total} into {count} equal parts")
    return total // count


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
    return op("Tile", x, _shapes.vector(counts))


def flip(x: Any, axis: int | Sequence[int] | None = None) -> TracedTensor:
    """One Slice with steps of -1."""
    x = convert_to_tensor(x)
    axes = [a % x.ndim for a in (range(x.ndim) if axis is None else _listed(axis))]
    # INT64_MIN is ONNX's "to before the first element".
    result = op(
        "Slice",
        x,
        ints(*([-1] * len(axes))),
        ints(*([-(2**63)] * len(axes))),
        ints(*axes),
        ints(*([-1] * len(axes))),
    )
    result.dims = x.dims
    return result


def pad(
    x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> TracedTensor:
    """One Pad."""
    x = convert_to_tensor(x)
    widths = _pairs(pad_width, x.ndim)
    if not any(width for pair in widths for width in pair):
        return x
    onnx_mode = {"constant": "constant", "reflect": "reflect", "edge": "edge"}.get(mode)
    if onnx_mode is None:
        raise NotImplementedError(f"padding mode {mode!r}")
    value = constant(0 if constant_values is None else constant_values, x.dtype)
    pads = ints(*(w[0] for w in widths), *(w[1] for w in widths))
    return op("Pad", x, pads, value if onnx_mode == "constant" else None, mode=onnx_mode)


def _pairs(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    """Return NumPy's pad_width as one (before, after) for each axis."""
    if isinstance(pad_width, int):
        return [(pad_width, pad_width)] * rank
    if all(isinstance(width, int) for width in pad_width):
        pairs = [(int(pad_width[0]), int(pad_width[-1]))]
    else:
        pairs = [(int(pair[0]), int(pair[-1])) for pair in pad_width]
    return pairs * rank if len(pairs) == 1 else pairs


def _listed(axis: int | Sequence[int]) -> list[int]:
    return [axis] if isinstance(axis, int) else [int(a) for a in axis]
