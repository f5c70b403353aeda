"""Colours in other spaces, for single pictures and batches, in both data formats."""

import numpy as np
import pytest
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
