"""Where the channels are, and how much a window is padded: what convolution and pooling share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
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
    totals = []
    for size, span, step in zip(x.shape[2:], _spans(window, dilation), stride, strict=True):
        if size is None and step != 1 != span:
            return {"auto_pad": "SAME_UPPER"}
        # A dynamic size leaves the same total with a step of 1: every place is visited; and none
        # with a span of 1.
        steps = 0 if size is None else (-(-size // step) - 1) * step - size + 1
        totals.append(max(steps + span - 1, 0))
    before = [total // 2 for total in totals]
    after = [total - total // 2 for total in totals]
    return {"pads": [*before, *after]} if any(totals) else {}


def reached(
    x: TracedTensor, window: Sequence[int | None], stride: list[int], dilation: list[int]
) -> TracedTensor:
    """Return x without the end that no window reaches, where onnxruntime is left to pad.

    It would pad by less than nothing there: its pools refuse to, and its Conv drops elements at the
    beginning as well.
    """
    for axis, (span, step) in enumerate(
        zip(_spans(window, dilation), stride, strict=True), start=2
    ):
        if step > span:
            size = convert_to_tensor(_shapes.size_of(x, axis), "int64")
            end = (size - 1) // step * step + span
            x = op("Slice", x, ints(0), _shapes.vector([end]), ints(axis))
    return x


def _spans(window: Sequence[int | None], dilation: list[int]) -> list[int]:
    """Return how many places each window reaches over."""
    return [(int(k or 0) - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
