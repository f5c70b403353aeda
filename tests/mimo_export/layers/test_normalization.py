"""Every normalisation layer with every option."""

import keras
import numpy as np
import pytest
from harness import check_layer, check_model
from keras import Input, Sequential, layers


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("center", [True, False])
def test_batch_normalization_scales_and_shifts(center, scale, axis):
    layer = layers.BatchNormalization(axis=axis, center=center, scale=scale)
    check_layer(layer, (4, 3), ops=["BatchNormalization"] if axis == 1 else ["Mul", "Add"])


def test_batch_normalization_of_other_ranks_and_masks():
    built = [layers.BatchNormalization(name="a"), layers.BatchNormalization(axis=2, name="b")]
    check_layer(lambda x: [layer(x) for layer in built], (4, 5, 3))
    check_layer(layers.BatchNormalization(), (None,), dtype="int32", mask=True)


def test_layer_normalization():
    built = [
        layers.LayerNormalization(),
        layers.LayerNormalization(axis=[1, 2], epsilon=1e-2),
        layers.LayerNormalization(center=False),
        layers.LayerNormalization(scale=False),
        layers.RMSNormalization(),
    ]
    if keras.backend.backend() != "torch":  # where Keras takes only the last axes
        built.append(layers.LayerNormalization(axis=1))
    check_layer(lambda x: [layer(x) for layer in built], (4, 3))


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_layer_normalization_of_the_last_axes_is_one_operator(scale, center):
    options = {"scale": scale, "center": center}
    last = layers.LayerNormalization(**options)
    check_layer(last, (4, 3), ops=["LayerNormalization"])
    two = layers.LayerNormalization(axis=[1, 2], **options)
    check_layer(two, (4, 3), ops=["LayerNormalization"])
    check_layer(last, (None, 3), ops=["LayerNormalization"])
    half = layers.LayerNormalization(dtype="mixed_float16", **options)
    check_layer(half, (4, 3), dtype="float16", ops=["Cast", "LayerNormalization", "Cast"])


def test_rms_normalization_is_one_operator_from_opset_23_on():
    layer = layers.RMSNormalization()
    check_layer(layer, (None, 3), ops=["RMSNormalization"], opset=23)
    composed = ["Mul", "ReduceMean", "Add", "Sqrt", "Reciprocal", "Mul", "Mul"]
    check_layer(layer, (None, 3), ops=composed)


def test_group_normalization():
    built = [
        layers.GroupNormalization(groups=2),
        layers.GroupNormalization(groups=-1),
        layers.GroupNormalization(groups=1, scale=False),
        layers.GroupNormalization(groups=4, axis=1, center=False),
    ]
    check_layer(lambda x: [layer(x) for layer in built], (4, 5, 6))


def test_unit_and_spectral_normalization():
    check_layer(layers.UnitNormalization(), (4, 3))
    check_layer(layers.UnitNormalization(axis=[1, 2]), (4, 3))
    check_layer(layers.SpectralNormalization(layers.Dense(4)), (3,))


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_normalization_in_half_precision(policy):
    built = [layers.BatchNormalization(dtype=policy), layers.LayerNormalization(dtype=policy)]
    check_layer(lambda x: [layer(x) for layer in built], (4, 3))


def test_feature_normalization():
    data = np.random.default_rng(1).normal(3, 2, (20, 3)).astype("float32")
    adapted = layers.Normalization()
    adapted.adapt(data)
    built = [
        adapted,
        layers.Normalization(mean=2.0, variance=3.0),
        layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0], invert=True),
        layers.Normalization(axis=None, mean=2.0, variance=0.5),
    ]
    for layer in built:
        check_layer(layer, (3,))


def test_nothing_is_left_in_the_layers_behind_an_export():
    layer = layers.BatchNormalization()
    model = Sequential([Input((3,)), layer])
    check_model(model)
    assert not [v for v in layer.variables if "Traced" in type(v.value).__name__]
    assert keras.ops.convert_to_numpy(model(np.ones((2, 3), "float32"))).shape == (2, 3)
