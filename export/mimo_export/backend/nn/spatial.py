"""Convolution and pooling: ONNX computes channels first, whatever Keras's data format is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend._graph import op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import shaping

Sizes = int | Sequence[int]


def conv(
    inputs: Any,
    kernel: Any,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> TracedTensor:
    """One Conv; its groups are what the kernel leaves of the input's channels."""
    kernel = convert_to_tensor(kernel)
    x = channels_first(cast(inputs, kernel.dtype), data_format)
    rank = x.ndim - 2
    window, stride, dilation = kernel.shape[:rank], _each(strides, rank), _each(dilation_rate, rank)
    weights = shaping.transpose(kernel, (rank + 1, rank, *range(rank)))
    result = op(
        "Conv",
        x,
        weights,
        kernel_shape=[int(n or 0) for n in window],
        strides=_unless(stride, 1),
        dilations=_unless(dilation, 1),
        group=_groups(x, kernel),
        **_padding(padding, x, window, stride, dilation),
    )
    return channels_as(result, data_format)


def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> TracedTensor:
    """One Conv with a group for each input channel."""
    kernel = convert_to_tensor(kernel)
    *window, channels, multiplier = kernel.shape
    grouped = shaping.reshape(kernel, (*window, 1, channels * multiplier))
    return conv(inputs, grouped, strides, padding, data_format, dilation_rate)


def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> TracedTensor:
    """A depthwise Conv and a pointwise one."""
    deep = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(deep, pointwise_kernel, 1, "valid", data_format, 1)


def max_pool(
    inputs: Any,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> TracedTensor:
    """One MaxPool."""
    return _pool("MaxPool", inputs, pool_size, strides, padding, data_format)


def average_pool(
    inputs: Any,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> TracedTensor:
    """One AveragePool, which leaves padding out of its means as Keras does."""
    return _pool("AveragePool", inputs, pool_size, strides, padding, data_format)


def _pool(
    op_type: str,
    inputs: Any,
    pool_size: Sizes,
    strides: Sizes | None,
    padding: str,
    data_format: str | None,
) -> TracedTensor:
    x = channels_first(convert_to_tensor(inputs), data_format)
    rank = x.ndim - 2
    window = _each(pool_size, rank)
    stride = window if strides is None else _each(strides, rank)
    result = op(
        op_type,
        x,
        kernel_shape=window,
        strides=_unless(stride, 1),
        **_padding(padding, x, window, stride, [1] * rank),
    )
    return channels_as(result, data_format)


def channels_first(x: TracedTensor, data_format: str | None) -> TracedTensor:
    """Return x with its channels as the second axis."""
    if _is_first(data_format):
        return x
    return shaping.transpose(x, (0, x.ndim - 1, *range(1, x.ndim - 1)))


def channels_as(x: TracedTensor, data_format: str | None) -> TracedTensor:
    """Return a channels-first x in Keras's data format."""
    if _is_first(data_format):
        return x
    return shaping.transpose(x, (0, *range(2, x.ndim), 1))


def _is_first(data_format: str | None) -> bool:
    return (data_format or keras.config.image_data_format()) == "channels_first"


def _each(sizes: Sizes, rank: int) -> list[int]:
    """Return one size for each spatial axis."""
    return [sizes] * rank if isinstance(sizes, int) else [int(n) for n in sizes]


def _unless(sizes: list[int], default: int) -> list[int] | None:
    """Return sizes, None if they are all ONNX's default."""
    return None if all(size == default for size in sizes) else sizes


def _groups(x: TracedTensor, kernel: TracedTensor) -> int | None:
    channels, per_group = x.shape[1], kernel.shape[-2]
    if channels is None or not per_group:
        raise ValueError(f"The channels of {x!r} must be known for a kernel {kernel!r}")
    return None if channels == per_group else channels // per_group


def _padding(
    padding: str,
    x: TracedTensor,
    window: Sequence[int | None],
    stride: list[int],
    dilation: list[int],
) -> dict[str, Any]:
    """Return ONNX's attributes for Keras's padding: explicit where the sizes are known."""
    if padding == "valid":
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
