"""Borders around a tensor."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.errors import UnsupportedOperationError

_MODES = {"constant": "constant", "reflect": "reflect", "edge": "edge"}


def pad(
    x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> TracedTensor:
    """One Pad; a symmetric border is made of the tensor's own ends, turned round."""
    x = convert_to_tensor(x)
    if constant_values is not None and mode != "constant":
        raise ValueError(
            "Argument `constant_values` can only be provided when `mode == 'constant'`. "
            f"Received: mode={mode}"
        )
    widths = _pairs(pad_width, x.ndim)
    if all(_shapes.static(width) == 0 for pair in widths for width in pair):
        return x
    if mode == "symmetric":
        return _symmetric(x, widths)
    if mode not in _MODES:
        raise UnsupportedOperationError(
            f"keras.ops.pad has no ONNX form for mode {mode!r}",
            where=repr(x),
            remedy=f"use one of {', '.join([*_MODES, 'symmetric'])}",
        )
    pads = _shapes.vector([*(pair[0] for pair in widths), *(pair[1] for pair in widths)])
    if mode == "constant":
        value = convert_to_tensor(0 if constant_values is None else constant_values, x.dtype)
        return run("Pad", x, pads, value, mode=mode)
    return run("Pad", x, pads, mode=_MODES[mode])


def _symmetric(x: TracedTensor, widths: list[tuple[Any, Any]]) -> TracedTensor:
    for axis, (before, after) in enumerate(widths):
        parts = [x]
        key: list[Any] = [slice(None)] * axis
        if _shapes.static(before) != 0:
            parts.insert(0, x[(*key, slice(before - 1, None, -1))])
        if _shapes.static(after) != 0:
            end = -after - 1
            if isinstance(x.dims[axis], int) and after == x.dims[axis]:
                parts.append(x[(*key, slice(None, None, -1))])
            else:
                parts.append(x[(*key, slice(None, end, -1))])
        if len(parts) > 1:
            x = op("Concat", *parts, axis=axis)
    return x


def _pairs(pad_width: Any, rank: int) -> list[tuple[Any, Any]]:
    """Return NumPy's pad_width as one (before, after) for each axis."""
    if isinstance(pad_width, TracedTensor):
        pad_width = pad_width.array
    if hasattr(pad_width, "tolist"):
        pad_width = pad_width.tolist()
    if isinstance(pad_width, int):
        return [(pad_width, pad_width)] * rank
    if all(not isinstance(width, (list, tuple)) for width in pad_width):
        pairs = [(pad_width[0], pad_width[-1])]
    else:
        pairs = [(pair[0], pair[-1]) for pair in pad_width]
    return pairs * rank if len(pairs) == 1 else pairs
