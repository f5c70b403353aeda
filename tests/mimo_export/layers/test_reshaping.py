"""Layers that only rearrange, over static and dynamic sizes."""

import keras
import pytest
from harness import check_layer
from keras import layers

FORMATS = ["channels_last", "channels_first"]


def test_rearrangements():
    check_layer(layers.Flatten(), (4, 5, 3), ops=["Reshape"])
    check_layer(layers.Flatten(data_format="channels_first"), (4, 5, 3))
    check_layer(layers.Flatten(), (None, 3))
    check_layer(layers.Permute((2, 3, 1)), (4, None, 3), ops=["Transpose"])
    check_layer(layers.Reshape((2, -1)), (4, 3), ops=["Reshape"])
    check_layer(layers.Reshape((-1, 6)), (None, 2, 3))
    check_layer(layers.Reshape((3, 4)), (12,), ops=["Reshape"])
    check_layer(layers.RepeatVector(3), (4,))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_padding_and_cropping(rank, data_format):
    pairs = ((1, 2), (0, 3), (2, 1))[:rank]
    options = {} if rank == 1 else {"data_format": data_format}
    built = [
        getattr(layers, f"ZeroPadding{rank}D")(2, **options),
        getattr(layers, f"ZeroPadding{rank}D")(pairs if rank > 1 else pairs[0], **options),
        getattr(layers, f"Cropping{rank}D")(1, **options),
        getattr(layers, f"Cropping{rank}D")(pairs if rank > 1 else pairs[0], **options),
    ]
    sizes = (6, 5, 7)[:rank]
    shape = (*sizes, 2) if data_format == "channels_last" else (2, *sizes)
    check_layer(lambda x: [layer(x) for layer in built], shape if rank > 1 else (*sizes, 2))


def test_padding_and_cropping_of_dynamic_sizes():
    built = [layers.ZeroPadding2D(1), layers.Cropping2D(1), layers.Cropping2D(((0, 1), (2, 0)))]
    check_layer(lambda x: [layer(x) for layer in built], (None, None, 2))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_up_sampling_of_pictures(interpolation, data_format):
    if interpolation == "bicubic" and keras.backend.backend() != "jax":
        pytest.skip("PyTorch has another cubic; TensorFlow reads it from a table, to 1e-3")
    layer = layers.UpSampling2D((2, 3), data_format=data_format, interpolation=interpolation)
    shape = (4, 5, 2) if data_format == "channels_last" else (2, 4, 5)
    check_layer(layer, shape)


def test_up_sampling_of_other_ranks_and_dynamic_sizes():
    check_layer(layers.UpSampling1D(3), (None, 2))
    check_layer(layers.UpSampling2D(2), (None, None, 2))
    check_layer(layers.UpSampling3D(2), (3, 2, 4, 2))
    check_layer(layers.UpSampling3D((1, 2, 3), data_format="channels_first"), (2, 3, 2, 4))
