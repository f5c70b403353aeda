"""Convolution: ONNX computes channels first, whatever Keras's data format is."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.nn import _windows
from mimo_export.backend.nn._layout import (
    Sizes,
    channels_as,
    channels_first,
    each,
    padding_of,
    reached,
    unless,
)
from mimo_export.backend.nn._windows import Sliding
from mimo_export.backend.numpy import shaping
from mimo_export.backend.numpy._dtypes import promoted


def conv(
    inputs: Any,
    kernel: Any,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> TracedTensor:
    """One Conv; its groups are what the kernel leaves of the input's channels.

    In float64, which onnxruntime's Conv does not know, it is a product with all windows.
    """
    x, kernel = promoted(inputs, kernel)
    x = channels_first(x, data_format)
    rank = x.ndim - 2
    window, stride, dilation = _sizes(kernel)[:rank], each(strides, rank), each(dilation_rate, rank)
    weights = shaping.transpose(kernel, (rank + 1, rank, *range(rank)))
    around = padding_of(padding, x, window, stride, dilation)
    groups = _groups(x, kernel)
    if x.dtype == "float64" and "auto_pad" not in around:
        how = Sliding(window, stride, dilation, around.get("pads", [0] * 2 * rank))
        return channels_as(_windows.convolution(x, weights, how, groups), data_format)
    if "auto_pad" in around:
        x = reached(x, window, stride, dilation)
    result = run(
        "Conv",
        x,
        weights,
        kernel_shape=window,
        strides=unless(stride, 1),
        dilations=unless(dilation, 1),
        group=None if groups == 1 else groups,
        **around,
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
    *window, channels, multiplier = _sizes(kernel)
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


def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Sizes = 1,
    padding: str = "valid",
    output_padding: Sizes | None = None,
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> TracedTensor:
    """One ConvTranspose; a Pad behind it where Keras's output is longer than ONNX's can be."""
    x, kernel = promoted(inputs, kernel)
    x = channels_first(x, data_format)
    rank = x.ndim - 2
    window, stride, dilation = _sizes(kernel)[:rank], each(strides, rank), each(dilation_rate, rank)
    extra = [None] * rank if output_padding is None else each(output_padding, rank)
    crops = [
        _transposed_crop((k - 1) * d + 1, step, padding, more)
        for k, d, step, more in zip(window, dilation, stride, extra, strict=True)
    ]
    longer = [max(-after, 0) for _, after in crops]
    allowed = all(n < max(s, d) for n, s, d in zip(longer, stride, dilation, strict=True))
    pads = [*(before for before, _ in crops), *(max(after, 0) for _, after in crops)]
    result = run(
        "ConvTranspose",
        x,
        shaping.transpose(kernel, (rank + 1, rank, *range(rank))),
        kernel_shape=window,
        strides=unless(stride, 1),
        dilations=unless(dilation, 1),
        pads=unless(pads, 0),
        output_padding=unless(longer, 0) if allowed else None,
    )
    if not allowed:
        result = op("Pad", result, ints(*[0] * (4 + rank), *longer))
    return channels_as(result, data_format)


def _transposed_crop(
    span: int, step: int, padding: str, output_padding: int | None
) -> tuple[int, int]:
    """Return how much of a full transposed convolution Keras cuts off, at each end of an axis.

    The full output is (size - 1) * step + span long. "valid" keeps it, or at least a step's worth,
    plus `output_padding`; "same" keeps size * step, or, with `output_padding`, (size - 1) * step +
    span % 2 + output_padding. A negative cut is an extension by zeros.
    """
    if padding.lower() == "valid":
        return 0, -(max(span, step) - span if output_padding is None else output_padding)
    kept = step if output_padding is None else span % 2 + output_padding
    total = span + kept - 2
    before = min(total // 2 + total % 2, span - 1)
    return span - 1 - before, span - 1 - (total - before)


def _groups(x: TracedTensor, kernel: TracedTensor) -> int:
    return _shapes.static_size(x, 1, "a convolution") // _sizes(kernel)[-2]


def _sizes(kernel: TracedTensor) -> list[int]:
    return [_shapes.static_size(kernel, i, "a kernel") for i in range(kernel.ndim)]
