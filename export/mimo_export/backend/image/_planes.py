"""Pictures as ONNX's image operators take them: [batch, channels, height, width]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mimo_export.backend._graph import ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.nn._layout import channels_as, channels_first


def on_planes(
    images: Any, data_format: str | None, function: Callable[[TracedTensor], TracedTensor]
) -> TracedTensor:
    """Return what a function of [batch, channels, height, width] gives for Keras's pictures."""
    x = convert_to_tensor(images)
    single = x.ndim == 3
    x = op("Unsqueeze", x, ints(0)) if single else x
    x = channels_as(function(channels_first(x, data_format)), data_format)
    return op("Squeeze", x, ints(0)) if single else x
