"""Colours in other spaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import ml_dtypes

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, ir_numpy, op, op_multi
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast
from mimo_export.backend.image._planes import pictures
from mimo_export.backend.nn._layout import is_first
from mimo_export.backend.numpy import elementwise, reduction, shaping
from mimo_export.backend.numpy._dtypes import is_float

_LUMA = [0.2989, 0.5870, 0.1140]


def _channels_axis(images: TracedTensor, data_format: str | None) -> int:
    return images.ndim - (3 if is_first(data_format) else 1)


def _with_fractions(images: Any) -> TracedTensor:
    images = pictures(images)
    if not is_float(images):
        raise ValueError(
            f"Invalid images dtype: expected float dtype. Received: images.dtype={images.dtype}"
        )
    return images


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> TracedTensor:
    """A Mul with the weights of the three colours, and their sum."""
    images = pictures(images)
    axis = _channels_axis(images, data_format)
    channels = _shapes.static_size(images, axis, "keras.ops.image.rgb_to_grayscale")
    if channels not in (1, 3):
        raise ValueError(
            "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). "
            f"Received input with shape: images.shape={images.shape}"
        )
    if channels == 1:
        return images
    dtype = keras.backend.result_type(images.dtype, float)
    shape = [-1 if i == axis else 1 for i in range(images.ndim)]
    weights = shaping.reshape(constant(_LUMA, dtype), shape)
    grey = reduction.sum(run("Mul", cast(images, dtype), weights), axis, keepdims=True)
    return cast(grey, images.dtype)


def _epsilon(dtype: str) -> float:
    return float(ml_dtypes.finfo(ir_numpy(dtype)).eps)  # type: ignore[no-untyped-call]


def _planes(images: TracedTensor, axis: int) -> list[TracedTensor]:
    """Return the three channels without their axis.

    With an axis of one element at the end onnxruntime meets one number at a time with a constant.
    """
    parts = op_multi("Split", images, ints(1, 1, 1), axis=axis, outputs=3)
    return [op("Squeeze", part, ints(axis)) for part in parts]


def _joined(planes: Iterable[TracedTensor], axis: int) -> TracedTensor:
    return op("Concat", *(op("Unsqueeze", plane, ints(axis)) for plane in planes), axis=axis)


def rgb_to_hsv(images: Any, data_format: str | None = None) -> TracedTensor:
    """Hue, saturation and value of each pixel; grey has hue 0."""
    images = _with_fractions(images)
    axis, dtype = _channels_axis(images, data_format), images.dtype
    zero, one = constant(0, dtype), constant(1, dtype)
    # Keras takes what is next to nothing for nothing.
    tiny = run("Less", run("Abs", images), constant(_epsilon(dtype), dtype))
    images = run("Where", tiny, zero, images)
    colours = red, green, blue = _planes(images, axis)
    value = run("Max", *colours)
    spread = run("Sub", value, run("Min", *colours))
    is_coloured, is_light = run("Greater", spread, zero), run("Greater", value, zero)
    norm = run("Div", constant(1 / 6, dtype), run("Where", is_coloured, spread, one))
    saturation = run("Div", spread, run("Where", is_light, value, one))

    def hue_of(difference: tuple[TracedTensor, TracedTensor], third: float) -> TracedTensor:
        return run("Add", run("Mul", norm, run("Sub", *difference)), constant(third, dtype))

    hue = run(
        "Where",
        run("Equal", value, red),
        hue_of((green, blue), 0),
        run(
            "Where",
            run("Equal", value, green),
            hue_of((blue, red), 2 / 6),
            hue_of((red, green), 4 / 6),
        ),
    )
    hue = run("Add", hue, cast(run("Less", hue, zero), dtype))
    hue = run("Where", is_coloured, hue, zero)
    return _joined((hue, run("Where", is_light, saturation, zero), value), axis)


def hsv_to_rgb(images: Any, data_format: str | None = None) -> TracedTensor:
    """The three colours as trapezia over the hue."""
    images = _with_fractions(images)
    axis, dtype = _channels_axis(images, data_format), images.dtype
    one, two = constant(1, dtype), constant(2, dtype)
    hue, saturation, value = _planes(images, axis)
    sixth = run("Mul", run("Sub", hue, run("Floor", hue)), constant(6, dtype))

    def away(centre: float) -> TracedTensor:
        return run("Abs", run("Sub", sixth, constant(centre, dtype)))

    planes = [run("Sub", away(3), one), run("Sub", two, away(2)), run("Sub", two, away(4))]
    rest = run("Sub", one, saturation)

    def colour(plane: TracedTensor) -> TracedTensor:
        pure = elementwise.clip(plane, 0, 1)
        return run("Mul", value, run("Add", rest, run("Mul", saturation, pure)))

    return _joined((colour(plane) for plane in planes), axis)
