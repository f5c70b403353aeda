"""Colours in other spaces, for single pictures and batches, in both data formats."""

import re

import numpy as np
import pytest
from functions import check_function
from harness import check_layer
from keras import ops


def _colours(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return colours with ties between channels, greys and black."""
    return rng.integers(0, 4, shape) / 4


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_colour_spaces(data_format):
    shape = (4, 5, 3) if data_format == "channels_last" else (3, 4, 5)
    check_layer(
        lambda x: [
            ops.image.rgb_to_grayscale(x, data_format=data_format),
            ops.image.rgb_to_hsv(x, data_format=data_format),
            ops.image.hsv_to_rgb(x, data_format=data_format),
        ],
        shape,
        values=_colours,
    )


def test_grey_stays_as_it_is():
    check_layer(ops.image.rgb_to_grayscale, (None, 4, 1), ops=["Identity"])


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "message"),
    [
        ("rgb_to_hsv", (2, 3, 4, 3), "float32", "Invalid images rank: expected rank 3 "),
        ("hsv_to_rgb", (4, 4, 3), "int32", "Invalid images dtype: expected float dtype. "),
        ("rgb_to_grayscale", (4, 4, 4), "float32", "Invalid channel size: expected 3 "),
    ],
)
def test_what_is_no_picture_is_refused_as_keras_does(name, shape, dtype, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        check_function(getattr(ops.image, name), shape, dtype=dtype)
