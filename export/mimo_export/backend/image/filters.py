"""Filters with a fixed kernel: a convolution of each channel by itself."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from mimo_export.backend import _keras_private, _shapes
from mimo_export.backend._graph import constant
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.image._planes import on_planes
from mimo_export.backend.nn import convolution
from mimo_export.backend.numpy import shaping

_SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def gaussian_blur(
    images: Any,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> TracedTensor:
    """One Conv with the product of two bell curves.

    Keras 3.15 takes the first size and width for the horizontal curve, Keras 3.16 for the other.
    """
    size = [int(n) for n in kernel_size]
    width = [float(s) for s in np.asarray(convert_to_tensor(sigma, "float32"))]
    curves = [_bell(n, s) for n, s in zip(size, width, strict=True)]
    kernel = np.outer(*(curves if _keras_private.HAS_OPS else curves[::-1]))
    return on_planes(images, data_format, lambda x: _filtered(x, kernel))


def _bell(size: int, sigma: float) -> np.ndarray[Any, Any]:
    curve = np.exp(-0.5 * ((np.arange(size) - (size - 1) / 2) / sigma) ** 2)
    return curve / curve.sum()


def _filtered(x: TracedTensor, kernel: np.ndarray[Any, Any]) -> TracedTensor:
    """Return [batch, channels, height, width], each channel filtered by the same kernel."""
    channels = _shapes.static_size(x, 1, "a filter of each channel")
    weights = np.repeat(kernel[:, :, None, None], channels, axis=2)
    return convolution.depthwise_conv(
        x, constant(weights, x.dtype), padding="same", data_format="channels_first"
    )


def sobel_edges(images: Any, data_format: str | None = None) -> TracedTensor:
    """Two Convs: the change downwards and the change to the right, stacked behind all axes.

    Outside of the picture are zeros, as on JAX and PyTorch; TensorFlow mirrors it.
    """
    data_format = data_format or "channels_last"
    edges = [
        on_planes(images, data_format, functools.partial(_filtered, kernel=kernel))
        for kernel in (_SOBEL.T, _SOBEL)
    ]
    return shaping.stack(edges, axis=-1)
