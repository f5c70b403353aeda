"""Filters are one convolution."""

from harness import check_layer
from keras import ops


def test_gaussian_blur_is_one_convolution():
    check_layer(
        lambda x: ops.image.gaussian_blur(x, (3, 3), (0.8, 1.5), data_format="channels_last"),
        (7, 6, 3),
        ops=["Transpose", "Conv", "Transpose"],
    )
