"""Colours in other spaces."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mimo_export.backend._graph import constant, ints, op, op_multi
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.nn._layout import is_first
from mimo_export.backend.numpy import elementwise, reduction, shaping

_LUMA = [0.2989, 0.5870, 0.1140]


def _channels_axis(images: TracedTensor, data_format: str | None) -> int:
    return images.ndim - (3 if is_first(data_format) else 1)


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> TracedTensor:
    """A Mul with the weights of the three colours, and their sum."""
    images = convert_to_tensor(images)
    axis = _channels_axis(images, data_format)
    if images.dims[axis] == 1:
        return images
    dtype = keras.backend.result_type(images.dtype, float)
    shape = [-1 if i == axis else 1 for i in range(images.ndim)]
    weights = shaping.reshape(constant(_LUMA, dtype), shape)
    grey = reduction.sum(op("Mul", cast(images, dtype), weights), axis, keepdims=True)
    return cast(grey, images.dtype)


def rgb_to_hsv(images: Any, data_format: str | None = None) -> TracedTensor:
    """Hue, saturation and value of each pixel; grey has hue 0."""
    images = convert_to_tensor(images)
    axis, dtype = _channels_axis(images, data_format), images.dtype
    zero, one = constant(0, dtype), constant(1, dtype)
    # Keras takes what is next to nothing for nothing.
    tiny = op("Less", op("Abs", images), constant(np.finfo(dtype).eps, dtype))
    images = op("Where", tiny, zero, images)
    red, green, blue = op_multi("Split", images, ints(1, 1, 1), axis=axis, outputs=3)
    value = reduction.max(images, axis, keepdims=True)
    spread = op("Sub", value, reduction.min(images, axis, keepdims=True))
    is_coloured, is_light = op("Greater", spread, zero), op("Greater", value, zero)
    norm = op("Div", constant(1 / 6, dtype), op("Where", is_coloured, spread, one))
    saturation = op("Div", spread, op("Where", is_light, value, one))

    def hue_of(difference: tuple[TracedTensor, TracedTensor], third: float) -> TracedTensor:
        return op("Add", op("Mul", norm, op("Sub", *difference)), constant(third, dtype))

    hue = op(
        "Where",
        op("Equal", value, red),
        hue_of((green, blue), 0),
        op(
            "Where",
            op("Equal", value, green),
            hue_of((blue, red), 2 / 6),
            hue_of((red, green), 4 / 6),
        ),
    )
    hue = op("Add", hue, cast(op("Less", hue, zero), dtype))
    hue = op("Where", is_coloured, hue, zero)
    return op("Concat", hue, op("Where", is_light, saturation, zero), value, axis=axis)


def hsv_to_rgb(images: Any, data_format: str | None = None) -> TracedTensor:
    """The three colours as trapezia over the hue."""
    images = convert_to_tensor(images)
    axis, dtype = _channels_axis(images, data_format), images.dtype
    one, two = constant(1, dtype), constant(2, dtype)
    hue, saturation, value = op_multi("Split", images, ints(1, 1, 1), axis=axis, outputs=3)
    sixth = op("Mul", op("Sub", hue, op("Floor", hue)), constant(6, dtype))

    def away(centre: float) -> TracedTensor:
        return op("Abs", op("Sub", sixth, constant(centre, dtype)))

    planes = [op("Sub", away(3), one), op("Sub", two, away(2)), op("Sub", two, away(4))]
    pure = elementwise.clip(op("Concat", *planes, axis=axis), 0, 1)
    mixed = op("Add", op("Sub", one, saturation), op("Mul", saturation, pure))
    return op("Mul", value, mixed)
