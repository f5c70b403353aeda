"""Pooling: ONNX computes channels first, whatever Keras's data format is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._convert import cast
from mimo_export.backend._graph import constant, op
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
from mimo_export.backend.numpy import creation, reduction, shaping
from mimo_export.errors import UnsupportedOperationError


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
    """One AveragePool, which leaves padding out of its means as Keras does.

    In float64, which onnxruntime's AveragePool does not know, it is the mean of each window.

    Raises:
        UnsupportedOperationError: Integers, whose mean is none.
    """
    _require_reals(inputs)
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
    window = each(pool_size, rank)
    stride = window if strides is None else each(strides, rank)
    around = padding_of(padding, x, window, stride, [1] * rank)
    if op_type == "AveragePool" and x.dtype == "float64" and "auto_pad" not in around:
        how = Sliding(window, stride, [1] * rank, around.get("pads", [0] * 2 * rank))
        return channels_as(_windows.mean(x, how), data_format)
    if "auto_pad" in around:
        x = reached(x, window, stride, [1] * rank)
    result = run(op_type, x, kernel_shape=window, strides=unless(stride, 1), **around)
    return channels_as(result, data_format)


def adaptive_average_pool(
    inputs: Any, output_size: Sizes, data_format: str | None = None
) -> TracedTensor:
    """One AveragePool if the windows are equal, else a Gather of them and a sum for each axis.

    Of a dynamic size, a Where takes the place of the Gather.

    Raises:
        UnsupportedOperationError: Integers, whose mean is none.
    """
    _require_reals(inputs)
    return _adaptive("AveragePool", _window_means, inputs, output_size, data_format)


def adaptive_max_pool(
    inputs: Any, output_size: Sizes, data_format: str | None = None
) -> TracedTensor:
    """One MaxPool if the windows are equal, else a Gather of them and a ReduceMax for each axis.

    Of a dynamic size, a Where takes the place of the Gather.
    """
    return _adaptive("MaxPool", _window_maxima, inputs, output_size, data_format)


def _require_reals(inputs: Any) -> None:
    x = convert_to_tensor(inputs)
    if "float" not in x.dtype:
        raise UnsupportedOperationError(
            f"an average pooling of {x.dtype} has no ONNX form: the mean of integers is none",
            remedy="cast to float32 before it; a float32 layer alone casts no integers",
        )


def _adaptive(
    op_type: str,
    along: Callable[[TracedTensor, int, int | None, int], TracedTensor],
    inputs: Any,
    output_size: Sizes,
    data_format: str | None,
) -> TracedTensor:
    x = channels_first(convert_to_tensor(inputs), data_format)
    wanted = each(output_size, x.ndim - 2)
    pairs = list(zip(x.shape[2:], wanted, strict=True))
    window = [size // parts for size, parts in pairs if size is not None and size % parts == 0]
    if len(window) == len(pairs):
        return _pool(op_type, inputs, window, window, "valid", data_format)
    for axis, (size, parts) in enumerate(pairs, start=2):
        x = along(x, axis, size, parts)
    return channels_as(x, data_format)


def _covered(size: int, parts: int) -> list[range]:
    """Return the places that each of the windows covers; they may overlap by one."""
    return [range(i * size // parts, -(-(i + 1) * size // parts)) for i in range(parts)]


def _window_means(x: TracedTensor, axis: int, size: int | None, parts: int) -> TracedTensor:
    """Return the mean of each window: a product with weights would spread NaN to all of them."""
    if size is None:
        covered = _covered_in_the_graph(x, axis, parts)
        totals = reduction.sum(_spread(x, axis, covered, 0), -2)
        means = run("Div", totals, cast(reduction.sum(covered, 0), x.dtype))
        return shaping.moveaxis(means, -1, axis)
    windows = _covered(size, parts)
    chosen = op("Gather", x, constant(_places(windows), "int64"), axis=axis)
    longest = max(len(window) for window in windows)
    own = np.array([[i < len(window) for i in range(longest)] for window in windows])
    behind, zero = [1] * (x.ndim - axis - 1), constant(0, x.dtype)
    chosen = run("Where", constant(own.reshape(parts, longest, *behind)), chosen, zero)
    counts = constant(own.sum(1).reshape(parts, *behind), x.dtype)
    return run("Div", reduction.sum(chosen, axis + 1), counts)


def _window_maxima(x: TracedTensor, axis: int, size: int | None, parts: int) -> TracedTensor:
    if size is None:
        inside = _spread(x, axis, _covered_in_the_graph(x, axis, parts), -np.inf)
        return shaping.moveaxis(reduction.max(inside, -2), -1, axis)
    # A shorter window repeats its last place, which changes no maximum.
    places = constant(_places(_covered(size, parts)), "int64")
    return reduction.max(op("Gather", x, places, axis=axis), axis + 1)


def _places(windows: list[range]) -> list[list[int]]:
    """Return the places of each window, as many of each: shorter ones repeat their last."""
    longest = max(len(window) for window in windows)
    return [[min(w.start + i, w.stop - 1) for i in range(longest)] for w in windows]


def _spread(x: TracedTensor, axis: int, covered: TracedTensor, other: float) -> TracedTensor:
    """Return x [..., size, windows] with another value outside of each window."""
    last = shaping.expand_dims(shaping.moveaxis(x, axis, -1), -1)
    return run("Where", covered, last, constant(other, x.dtype))


def _covered_in_the_graph(x: TracedTensor, axis: int, parts: int) -> TracedTensor:
    """Return bool [size, parts]: whether a window covers a place, as in `_covered`."""
    size = convert_to_tensor(_shapes.size_of(x, axis), "int64")
    places = shaping.expand_dims(creation.arange(size), -1)
    window = constant(np.arange(parts), "int64")
    starts, stops = window * size // parts, ((window + 1) * size + (parts - 1)) // parts
    return (places >= starts) & (places < stops)
