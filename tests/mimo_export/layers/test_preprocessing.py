"""Preprocessing layers: exact, or refused with the reason."""

import keras
import numpy as np
import pytest
from harness import check_layer
from keras import layers
from text_models import LOOKUPS


def _pixels(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(0, 255, shape)


def test_rescaling_is_a_mul_and_an_add():
    check_layer(layers.Rescaling(1 / 255, offset=-0.5), (4, 4, 3), values=_pixels)
    check_layer(layers.Rescaling([0.1, 0.2, 0.3], offset=[1.0, 2.0, 3.0]), (4, 4, 3))


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras rounds to whole numbers there alone"
)
@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (32, 32, 3)),
        ({"value_range": (0, 1)}, (30, 41, 1)),
        ({"tile_grid_size": (4, 2), "clip_limit": 2.5}, (33, 40, 3)),
        ({"data_format": "channels_first"}, (3, 32, 32)),
        ({"clip_limit": 0}, (32, 32, 3)),
        pytest.param(
            {},
            (None, None, 3),
            marks=pytest.mark.skipif(
                keras.backend.backend() == "tensorflow",
                reason="Keras casts a size to a float, which a TensorFlow graph refuses",
            ),
        ),
    ],
)
def test_adaptive_histogram_equalization(options, shape):
    largest = options.get("value_range", (0, 255))[1]
    layer = layers.ContrastLimitedAdaptiveHistogramEqualization(**options)
    check_layer(layer, shape, values=lambda rng, sizes: rng.uniform(0, largest, sizes))


@pytest.mark.parametrize(
    "dtype",
    [
        "float32",
        pytest.param(
            "uint8",
            marks=pytest.mark.skipif(
                keras.backend.backend() == "tensorflow",
                reason="Keras gives float32 in a graph there, and uint8 outside of one",
            ),
        ),
    ],
)
def test_resizing(dtype):
    built = [
        layers.Resizing(6, 7),
        layers.Resizing(3, 3, interpolation="nearest"),
        layers.Resizing(4, 4, crop_to_aspect_ratio=True),
        layers.Resizing(4, 4, pad_to_aspect_ratio=True),
    ]
    if dtype == "uint8":
        # Backends round differently; what is picked, not mixed, is equal.
        built = [layer for layer in built if layer.interpolation == "nearest"]
    for layer in built:
        check_layer(layer, (5, 8, 3), dtype=dtype, values=_pixels)


def test_center_crop():
    check_layer(layers.CenterCrop(3, 4), (6, 7, 3), values=_pixels)
    check_layer(layers.CenterCrop(6, 7), (3, 4, 3), values=_pixels)


@pytest.mark.parametrize("shape", [(None, None, 3), (None, 8, 3), (4, None, 3)])
def test_center_crop_resizes_what_is_smaller_also_where_only_the_graph_knows(shape):
    check_layer(layers.CenterCrop(6, 4), shape, values=_pixels)  # 5 and 7 high or wide


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("dtype", ["int32", "uint8"])
def test_category_encoding(mode, dtype):
    layer = layers.CategoryEncoding(num_tokens=4, output_mode=mode)
    check_layer(layer, (1,), dtype=dtype)
    check_layer(layer, (5,), dtype=dtype)


def test_category_encoding_counts_with_weights():
    layer = layers.CategoryEncoding(num_tokens=4, output_mode="count")
    check_layer(lambda x, w: layer(x, count_weights=w), (5,), (5,), dtype=["int32", "float32"])


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_discretization(mode):
    layer = layers.Discretization(bin_boundaries=[-0.5, 0.0, 1.0], output_mode=mode)
    check_layer(layer, (1,))
    check_layer(layer, (3,))


def test_discretization_puts_a_boundary_into_the_bin_above_it():
    def boundaries(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return rng.choice([-0.5, 0.0, 1.0, -np.inf, np.inf], shape)

    layer = layers.Discretization(bin_boundaries=[-0.5, 0.0, 1.0])
    check_layer(layer, (6,), values=boundaries)


@LOOKUPS
def test_discretization_with_learnt_boundaries():
    layer = layers.Discretization(num_bins=4)
    layer.adapt(np.random.default_rng(0).normal(size=(50, 3)))
    check_layer(layer, (3,))


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize(
    ("axis", "mean"),
    [
        (-1, [1.0, 2.0, 3.0]),
        (-1, 2.0),
        (1, [1.0, -1.0]),
        ((1, 2), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        ((1, 2), [1.0, 2.0, 3.0]),
        (None, 2.0),
    ],
)
def test_normalization(axis, mean, invert):
    variance = np.abs(mean) + 0.5
    check_layer(layers.Normalization(axis, mean, variance, invert), (2, 3))


@pytest.mark.parametrize("axis", [-1, (1, 2), None])
def test_normalization_with_learnt_statistics(axis):
    layer = layers.Normalization(axis)
    layer.adapt(np.random.default_rng(0).normal(3.0, 2.0, size=(20, 2, 3)))
    check_layer(layer, (2, 3))


def test_normalization_of_integers_and_of_a_constant():
    layer = layers.Normalization(mean=[3.0, 4.0, 5.0], variance=[4.0, 0.0, 1.0])
    check_layer(layer, (3,), dtype="int32")


def test_pipeline_of_layers():
    check_layer(layers.Pipeline([layers.Rescaling(0.5), layers.Resizing(3, 3)]), (5, 5, 3))


AUGMENTATIONS = [
    layers.RandomBrightness(0.2),
    layers.RandomColorDegeneration(0.2),
    layers.RandomColorJitter((0, 255), 0.2),
    layers.RandomContrast(0.2),
    layers.RandomErasing(),
    layers.RandomFlip(),
    layers.RandomGaussianBlur(),
    layers.RandomGrayscale(),
    layers.RandomHue(0.2, value_range=(0, 255)),
    layers.RandomInvert(value_range=(0, 255)),
    layers.RandomPosterization(4),
    layers.RandomRotation(0.2),
    layers.RandomSaturation(0.2),
    layers.RandomSharpness(0.2),
    layers.RandomShear(0.2),
    layers.RandomTranslation(0.2, 0.2),
    layers.RandomZoom(0.2),
    layers.RandomPerspective(),
    layers.RandomElasticTransform(),
    layers.AugMix(),
    layers.CutMix(),
    layers.MixUp(),
    layers.RandAugment(),
]


@pytest.mark.parametrize("layer", AUGMENTATIONS, ids=lambda layer: type(layer).__name__)
def test_augmentation_is_the_identity(layer):
    check_layer(layer, (6, 6, 3), values=_pixels, ops=["Identity"])


def test_random_crop_is_the_identity():
    check_layer(layers.RandomCrop(3, 3), (6, 6, 3), values=_pixels, ops=["Identity"])


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="Keras cannot call it on those there"
)
def test_random_crop_of_pictures_of_any_size_is_the_identity():
    check_layer(layers.RandomCrop(3, 3), (None, None, 3), values=_pixels, ops=["Identity"])
