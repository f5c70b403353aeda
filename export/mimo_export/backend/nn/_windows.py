"""Windows that slide over the last axes of a tensor, written out: what convolutions are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.numpy import reduction, shaping


@dataclass(frozen=True)
class Sliding:
    """How a window slides.

    Attributes:
        window: Its size along each axis.
        stride: How far it moves.
        dilation: How far its elements are apart.
        pads: Zeros around: those before each axis, then those behind.
    """

    window: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    pads: Sequence[int]


def places(x: TracedTensor, axis: int, window: int, stride: int, dilation: int = 1) -> TracedTensor:
    """Return [steps, window]: the int64 places along an axis that each window covers."""
    span = (window - 1) * dilation + 1
    size = convert_to_tensor(_shapes.size_of(x, axis), "int64")
    # A window that does not fit at all must count as no step, and Div rounds towards 0.
    room = run("Max", run("Add", size, constant(stride - span, "int64")), constant(0, "int64"))
    count = run("Div", room, constant(stride, "int64"))
    steps = op("Range", constant(0, "int64"), count, constant(1, "int64"))
    starts = op("Unsqueeze", run("Mul", steps, constant(stride, "int64")), ints(-1))
    return run("Add", starts, constant(np.arange(window) * dilation, "int64"))


def windows(x: TracedTensor, how: Sliding) -> TracedTensor:
    """Return [batch, channels, *window, *steps]: one Gather for each axis behind the channels."""
    rank = x.ndim - 2
    if any(how.pads):
        before, behind = how.pads[:rank], how.pads[rank:]
        x = run("Pad", x, ints(0, 0, *before, 0, 0, *behind))
    parts = zip(how.window, how.stride, how.dilation, strict=True)
    for number, (window, stride, dilation) in enumerate(parts):
        axis = 2 + 2 * number
        x = op("Gather", x, places(x, axis, window, stride, dilation), axis=axis)
    steps, within = range(2, x.ndim, 2), range(3, x.ndim, 2)
    return shaping.transpose(x, (0, 1, *within, *steps))


def convolution(x: TracedTensor, weights: TracedTensor, how: Sliding, groups: int) -> TracedTensor:
    """Return the product of weights [outputs, channels of a group, *window] and all windows."""
    found = windows(x, how)
    outputs, channels = (int(n or 0) for n in weights.shape[:2])
    depth = channels * math.prod(how.window)
    batch = _shapes.size_of(x, 0)
    columns = shaping.reshape(found, (batch, groups, depth, -1))
    product = run("MatMul", shaping.reshape(weights, (groups, outputs // groups, depth)), columns)
    steps = [_shapes.size_of(found, axis) for axis in range(x.ndim, found.ndim)]
    return shaping.reshape(product, (batch, outputs, *steps))


def mean(x: TracedTensor, how: Sliding) -> TracedTensor:
    """Return the mean of each window, in which what is outside does not count."""
    inside = _shapes.full([1, 1, *(_shapes.size_of(x, a) for a in range(2, x.ndim))], 1, x.dtype)
    axes = tuple(range(2, x.ndim))
    total, count = (reduction.sum(windows(part, how), axes) for part in (x, inside))
    return run("Div", total, count)
