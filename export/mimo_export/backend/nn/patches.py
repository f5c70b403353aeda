"""Pictures as columns of patches, and blocks of pixels as channels."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import ints
from mimo_export.backend._kernels import run
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
from mimo_export.backend.nn._windows import Sliding, windows
from mimo_export.backend.numpy import shaping


def unfold(
    input: Any,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> TracedTensor:
    """Two Gathers, one for each axis of the picture, of the places that its patches cover."""
    x, around = convert_to_tensor(input), each(padding, 2)
    how = Sliding(each(kernel_size, 2), each(stride, 2), each(dilation, 2), [*around, *around])
    found = windows(x, how)
    batch, channels, high, wide = (_shapes.size_of(found, axis) for axis in range(4))
    return shaping.reshape(found, (batch, channels * high * wide, -1))


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
    return run(
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
    spread = run("DepthToSpace", moved, blocksize=block_size, mode=mode)
    return channels_as(spread, data_format)


def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> TracedTensor:
    """One SpaceToDepth; with channels first, a Reshape of its channels behind it."""
    moved = channels_first(convert_to_tensor(x), data_format)
    gathered = run("SpaceToDepth", moved, blocksize=block_size)
    if not is_first(data_format):
        return channels_as(gathered, data_format)
    batch, channels, *sizes = (_shapes.size_of(gathered, axis) for axis in range(4))
    block = block_size**2
    apart = _shapes.reshape(gathered, (batch, block, _shapes.size_of(moved, 1), *sizes))
    return _shapes.reshape(shaping.swapaxes(apart, 1, 2), (batch, channels, *sizes))
