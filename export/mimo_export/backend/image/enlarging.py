"""Pictures a whole number of times as large, of a size that only the run knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._tensor import Array, TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.image._planes import on_planes
from mimo_export.backend.image.resizing import kernel_of
from mimo_export.backend.numpy import creation, shaping

_REACHES = {"lanczos3": 3, "lanczos5": 5}


def enlarged(
    images: Any, factors: Sequence[int], interpolation: str, data_format: str | None = None
) -> TracedTensor:
    """Return pictures resized by whole factors; integers become float32.

    Each pixel becomes `factor` along an axis, and their weights repeat from pixel to pixel. At the
    border, where some of the pixels that they weigh are missing, those that are there have all the
    weight: that is the same sum of ones, by which it is divided.
    """
    x = convert_to_tensor(images)

    def resized(planes: TracedTensor) -> TracedTensor:
        for axis, factor in zip((2, 3), factors, strict=True):
            if factor > 1:
                planes = _along(planes, axis, _weights(factor, interpolation))
        return planes

    return on_planes(x if "float" in x.dtype else cast(x, "float32"), data_format, resized)


def _weights(factor: int, interpolation: str) -> Array:
    """Return [places around a pixel, factor]: how much of each is in the pixels it becomes."""
    reach = _REACHES.get(interpolation, 2)
    centres = (np.arange(factor) + 0.5) / factor - 0.5
    places = np.arange(-reach, reach + 1)
    weights = kernel_of(interpolation)(np.abs(centres - places[:, None]))
    return weights / weights.sum(0, keepdims=True)


def _along(x: TracedTensor, axis: int, weights: Array) -> TracedTensor:
    last = shaping.moveaxis(x, axis, -1)
    size = _shapes.size_of(last, -1)
    total = _spread(creation.ones([size], x.dtype), size, weights)
    return shaping.moveaxis(_spread(last, size, weights) / total, -1, axis)


def _spread(x: TracedTensor, size: Any, weights: Array) -> TracedTensor:
    """Return the weighted sums around each pixel of the last axis, those of one side by side."""
    places, factor = weights.shape
    reach = places // 2
    before = [0] * (x.ndim - 1)
    padded = op("Pad", x, ints(*before, reach, *before, reach), constant(0, x.dtype))
    around = [
        op("Slice", padded, ints(i), _shapes.vector([size + i]), ints(x.ndim - 1))
        for i in range(places)
    ]
    sums = op("MatMul", shaping.stack(around, axis=-1), constant(weights, x.dtype))
    sizes = [_shapes.size_of(x, i) for i in range(x.ndim - 1)]
    return shaping.reshape(sums, (*sizes, size * factor))
