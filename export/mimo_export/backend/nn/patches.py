"""Pictures as columns of patches, and blocks of pixels as channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.nn._layout import (
    Sizes,
    channels_as,
    channels_first,
    each,
    is_first,
    unless,
)
from mimo_export.backend.nn._precision import single
from mimo_export.backend.numpy import shaping
from mimo_export.errors import UnsupportedOperationError


def unfold(
    input: Any,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> TracedTensor:
    """Two Gathers, one for each axis of the picture, of the places that its patches cover."""
    x = convert_to_tensor(input)
    around = each(padding, 2)
    if any(around):
        x = op("Pad", x, ints(0, 0, *around, 0, 0, *around))
    channels = _static_sizes(x)[0]
    columns = [
        _places(size, *parts)
        for size, *parts in zip(
            _static_sizes(x)[1:],
            each(kernel_size, 2),
            each(dilation, 2),
            each(stride, 2),
            strict=True,
        )
    ]
    x = op("Gather", x, constant(columns[0], "int64"), axis=2)
    x = op("Gather", x, constant(columns[1], "int64"), axis=4)
    # [batch, channels, window rows, rows, window columns, columns]
    x = shaping.transpose(x, (0, 1, 2, 4, 3, 5))
    (rows, high), (wide, across) = columns[0].shape, columns[1].shape
    sizes = (_shapes.size_of(x, 0), channels * rows * wide, high * across)
    return _shapes.reshape(x, sizes)


def _places(size: int, window: int, dilation: int, stride: int) -> np.ndarray[Any, Any]:
    """Return [window, steps]: where each element of the window lies at each of its steps."""
    starts = np.arange(0, size - (window - 1) * dilation, stride)
    return np.arange(window)[:, None] * dilation + starts


def _static_sizes(x: TracedTensor) -> list[int]:
    sizes = [size for size in x.shape[1:] if size is not None]
    if len(sizes) < x.ndim - 1:
        raise UnsupportedOperationError(
            f"patches are taken from a picture of static size, got {x!r}",
            remedy="give the input a static height, width and number of channels",
        )
    return sizes


def fold(
    x: Any,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> TracedTensor:
    """One Col2Im, which came with opset 18."""
    around = each(padding, 2)
    return single(
        "Col2Im",
        convert_to_tensor(x),
        ints(*each(output_size, 2)),
        ints(*each(kernel_size, 2)),
        dilations=unless(each(dilation, 2), 1),
        pads=unless([*around, *around], 0),
        strides=unless(each(stride, 2), 1),
    )


def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> TracedTensor:
    """One DepthToSpace.

    The channels of a block lie together with channels last, and apart with channels first, where
    Keras's JAX and PyTorch backends agree and its TensorFlow backend differs.
    """
    mode = "CRD" if is_first(data_format) else None
    moved = channels_first(convert_to_tensor(x), data_format)
    spread = single("DepthToSpace", moved, blocksize=block_size, mode=mode)
    return channels_as(spread, data_format)


def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> TracedTensor:
    """One SpaceToDepth; with channels first, a Reshape of its channels behind it."""
    moved = channels_first(convert_to_tensor(x), data_format)
    gathered = single("SpaceToDepth", moved, blocksize=block_size)
    if not is_first(data_format):
        return channels_as(gathered, data_format)
    batch, channels, *sizes = (_shapes.size_of(gathered, axis) for axis in range(4))
    block = block_size**2
    apart = _shapes.reshape(gathered, (batch, block, moved.shape[1], *sizes))
    return _shapes.reshape(shaping.swapaxes(apart, 1, 2), (batch, channels, *sizes))
