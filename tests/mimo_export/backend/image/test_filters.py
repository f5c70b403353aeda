"""Filters are one convolution."""

import keras
import pytest
from functions import check_function
from harness import check_layer
from keras import ops


def test_gaussian_blur_is_one_convolution():
    check_layer(
        lambda x: ops.image.gaussian_blur(x, (3, 3), (0.8, 1.5), data_format="channels_last"),
        (7, 6, 3),
        ops=["Transpose", "Conv", "Transpose"],
    )


@pytest.mark.skipif(not hasattr(ops.image, "sobel_edges"), reason="this Keras has no sobel_edges")
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_edges(data_format):
    border = slice(1, -1) if keras.backend.backend() == "tensorflow" else slice(None)
    inside = (border, border) if data_format == "channels_last" else (slice(None), border, border)

    def function(x):
        # TensorFlow alone mirrors what is beyond the border.
        return ops.image.sobel_edges(x, data_format=data_format)[:, *inside]

    check_function(function, (6, 5, 3) if data_format == "channels_last" else (3, 6, 5))
