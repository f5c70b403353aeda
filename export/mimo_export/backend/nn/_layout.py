"""Where the channels are, and how much a window is padded: what convolution and pooling share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.numpy import shaping

Sizes = int | Sequence[int]


def channels_first(x: TracedTensor, data_format: str | None) -> TracedTensor:
    """Return x with its channels as the second axis."""
    if is_first(data_format):
        return x
    return shaping.transpose(x, (0, x.ndim - 1, *range(1, x.ndim - 1)))


def channels_as(x: TracedTensor, data_format: str | None) -> TracedTensor:
    """Return a channels-first x in Keras's data format."""
    if is_first(data_format):
        return x
    return shaping.transpose(x, (0, *range(2, x.ndim), 1))


def is_first(data_format: str | None) -> bool:
    """Whether Keras's data format has the channels before the sizes."""
    return (data_format or keras.config.image_data_format()) == "channels_first"


def each(sizes: Sizes, rank: int) -> list[int]:
    """Return one size for each spatial axis."""
    return [sizes] * rank if isinstance(sizes, int) else [int(n) for n in sizes]


def unless(sizes: list[int], default: int) -> list[int] | None:
    """Return sizes, None if they are all ONNX's default."""
    return None if all(size == default for size in sizes) else sizes


def padding_of(
    padding: str,
    x: TracedTensor,
    window: Sequence[int | None],
    stride: list[int],
    dilation: list[int],
) -> dict[str, Any]:
    """Return ONNX's attributes for Keras's padding: explicit where the sizes are known."""
    if padding.lower() == "valid":
        return {}
    spans = [(int(k or 0) - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    totals = []
    for size, span, step in zip(x.shape[2:], spans, stride, strict=True):
        if size is None and step != 1:
            return {"auto_pad": "SAME_UPPER"}
        # A dynamic size leaves the same total with a step of 1: every place is visited.
        steps = 0 if size is None else (-(-size // step) - 1) * step - size + 1
        totals.append(max(steps + span - 1, 0))
    before = [total // 2 for total in totals]
    after = [total - total // 2 for total in totals]
    return {"pads": [*before, *after]} if any(totals) else {}
