"""UpSampling2D of pictures whose size only the run knows computes what it does with a known one."""

import keras
import numpy as np
import pytest
from harness import check_layer
from keras import layers

NOT_TORCH = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch has another cubic, and no Lanczos"
)
ON_JAX = pytest.mark.skipif(
    keras.backend.backend() != "jax",
    reason="PyTorch has another cubic; TensorFlow reads it from a table, to 1e-3, and its graphs "
    "take no free size by Lanczos",
)


def _steep(rng, sizes):
    """Return steps in multiples of 64, whose sums are near no half, where a last digit decides."""
    return np.minimum(rng.integers(0, 5, sizes) * 64 + 1, 255)


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
@pytest.mark.parametrize("interpolation", ["bilinear", pytest.param("bicubic", marks=NOT_TORCH)])
@pytest.mark.parametrize("shape", [(None, None, 2), (4, 4, 2)], ids=["free", "static"])
def test_integers_are_rounded_and_stay_in_their_range(dtype, interpolation, shape):
    layer = layers.UpSampling2D(2, interpolation=interpolation, dtype=dtype)
    check_layer(layer, shape, dtype=dtype, values=_steep, sizes=[(2, 4)])


@ON_JAX
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("interpolation", ["bicubic", "lanczos3", "lanczos5"])
def test_any_kernel_weighs_pictures_of_any_size(interpolation, data_format):
    layer = layers.UpSampling2D((2, 3), interpolation=interpolation, data_format=data_format)
    shape = (None, None, 2) if data_format == "channels_last" else (2, None, None)
    check_layer(layer, shape, sizes=[(1, 2), (2, 7)])
