"""Convolutions along one axis are convolutions of planes; values stay."""

import keras
import pytest
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.plane import PlanePass


def kinds(model):
    return [node.op_type for node in model.graph]


def test_convolutions_and_pools_in_a_row_are_planes_all_the_way():
    def network(x):
        for i in range(2):
            x = layers.Conv1D(4, 3, padding="same", activation="relu", name=f"conv_{i}")(x)
            x = layers.BatchNormalization(name=f"norm_{i}")(x)
            x = layers.MaxPooling1D(2, padding="same", name=f"pool_{i}")(x)
        return layers.Dense(3, name="dense")(layers.Flatten(name="flatten")(x))

    model = check_layer(network, (16, 3))
    block = ["Conv", "Relu", "BatchNormalization", "MaxPool"]
    assert kinds(model) == ["Transpose", "Unsqueeze", *block, *block, "Reshape", "Gemm"]
    assert not PlanePass()(model).modified


@pytest.mark.parametrize(
    "options",
    [
        {"strides": 2},
        {"dilation_rate": 2},
        {"padding": "causal"},
        {"groups": 2},
        {"use_bias": False},
        pytest.param(
            {"data_format": "channels_first"},
            marks=pytest.mark.skipif(
                keras.backend.backend() == "tensorflow",
                reason="TensorFlow convolves channels first on GPUs alone",
            ),
        ),
    ],
)
def test_every_option_of_a_convolution(options):
    channels_first = "data_format" in options
    shape = (4, 11) if channels_first else (11, 4)
    model = check_layer(layers.Conv1D(6, 3, name="conv", **options), shape)
    (conv,) = (node for node in model.graph if node.op_type == "Conv")
    assert len(conv.inputs[1].shape) == 4


def test_convolutions_of_dynamic_length_and_depth():
    check_layer(layers.Conv1D(4, 3, padding="same", name="conv"), (None, 3))
    check_layer(layers.DepthwiseConv1D(3, depth_multiplier=2, name="conv"), (None, 3))
    check_layer(layers.SeparableConv1D(4, 3, name="conv"), (9, 3))


def test_a_residual_connection_and_a_join_stay_planes():
    def network(x):
        x = layers.Conv1D(4, 3, padding="same", name="stem")(x)
        y = layers.Conv1D(4, 3, padding="same", activation="tanh", name="branch")(x)
        z = layers.Concatenate(name="both")([layers.Add(name="sum")([x, y]), y])
        return layers.Conv1D(2, 1, name="head")(z)

    model = check_layer(network, (8, 3))
    assert kinds(model).count("Unsqueeze") == 1
    assert kinds(model).count("Squeeze") == 1


def test_a_join_along_the_steps():
    def network(x):
        x = layers.Conv1D(4, 3, padding="same", name="stem")(x)
        return layers.Conv1D(2, 1, name="head")(layers.Concatenate(axis=1, name="both")([x, x]))

    check_layer(network, (8, 3))


@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("axis", [1, 2, -1, (1, 2), 0])
@pytest.mark.parametrize("function", [ops.mean, ops.max, ops.sum])
def test_reductions(function, axis, keepdims):
    conv = layers.Conv1D(4, 3, name="conv")
    check_layer(lambda x: conv(x) + function(conv(x), axis=axis, keepdims=True), (8, 3))
    if axis != 0:
        check_layer(lambda x: function(conv(x), axis=axis, keepdims=keepdims), (8, 3))


def test_average_pools_and_means_over_the_steps():
    def network(x):
        x = layers.AveragePooling1D(3, strides=2, name="pool")(layers.Conv1D(4, 3, name="conv")(x))
        return layers.GlobalAveragePooling1D(name="mean")(x)

    model = check_layer(network, (20, 3))
    assert "Squeeze" not in kinds(model)


def test_pads_between_convolutions():
    def network(x):
        x = layers.ZeroPadding1D((1, 2), name="zeros")(layers.Conv1D(4, 3, name="first")(x))
        return layers.Conv1D(2, 3, name="second")(x)

    assert "Pad" not in kinds(check_layer(network, (9, 3)))


def test_constants_of_every_rank_get_the_axis():
    def network(x):
        x = layers.Conv1D(4, 3, padding="same", name="conv")(x)
        steps = ops.reshape(ops.arange(8, dtype="float32"), (8, 1))
        return (x * steps + ops.ones((1, 8, 4))) * ops.convert_to_tensor([1.0, 2.0, 3.0, 4.0])

    check_layer(network, (8, 3))


def test_a_network_of_pictures_is_not_modified():
    assert not PlanePass()(check_layer(layers.Conv2D(2, 3, name="conv"), (6, 6, 3))).modified
