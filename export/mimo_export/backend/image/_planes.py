"""Pictures as ONNX's image operators take them: [batch, channels, height, width]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mimo_export.backend._graph import ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.nn._layout import channels_as, channels_first


def pictures(images: Any) -> TracedTensor:
    """Return one picture, or a batch of them, as a tensor.

    Raises:
        ValueError: It has neither three axes nor four.
    """
    x = convert_to_tensor(images)
    if x.ndim not in (3, 4):
        raise ValueError(
            "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
            f"Received input with shape: images.shape={x.shape}"
        )
    return x


def on_planes(
    images: Any, data_format: str | None, function: Callable[[TracedTensor], TracedTensor]
) -> TracedTensor:
    """Return what a function of [batch, channels, height, width] gives for Keras's pictures."""
    x = pictures(images)
    single = x.ndim == 3
    x = op("Unsqueeze", x, ints(0)) if single else x
    x = channels_as(function(channels_first(x, data_format)), data_format)
    return op("Squeeze", x, ints(0)) if single else x
