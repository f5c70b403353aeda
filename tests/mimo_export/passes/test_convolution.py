"""Biases and scales of channels go into the convolution before them."""

import numpy as np
import pytest
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.convolution import ConvolutionPass


def kinds(model):
    return [node.op_type for node in model.graph if node.op_type != "Transpose"]


def test_a_graph_without_a_convolution_is_not_modified():
    model = check_layer(lambda x: x * 2 + 1, (4,))
    assert not ConvolutionPass()(model).modified


@pytest.mark.parametrize("use_bias", [False, True])
def test_batch_normalization_goes_into_the_weights(use_bias):
    def network(x):
        x = layers.Conv2D(4, 3, use_bias=use_bias, name="conv")(x)
        x = layers.BatchNormalization(name="norm")(x)
        return layers.ReLU(name="relu")(x)

    assert kinds(check_layer(network, (8, 8, 3))) == ["Conv", "Relu"]


def test_a_depthwise_convolution_is_folded_too():
    def network(x):
        x = layers.DepthwiseConv2D(3, depth_multiplier=2, name="conv")(x)
        return layers.BatchNormalization(name="norm")(x)

    assert kinds(check_layer(network, (8, 8, 3))) == ["Conv"]


def test_what_somebody_else_reads_is_left_as_it_is():
    def network(x):
        x = layers.Conv2D(4, 3, use_bias=False, name="conv")(x)
        return [x, layers.BatchNormalization(name="norm")(x)]

    assert kinds(check_layer(network, (8, 8, 3))) == ["Conv", "BatchNormalization"]


def test_a_constant_that_is_not_one_number_for_each_channel_is_left():
    def network(x):
        pixels = np.arange(16.0, dtype="float32").reshape(2, 2, 4)
        return ops.add(layers.Conv2D(4, 3, use_bias=False, name="conv")(x), pixels)

    assert kinds(check_layer(network, (4, 4, 3))) == ["Conv", "Add"]


@pytest.mark.parametrize("use_bias", [False, True])
def test_a_large_mean_meets_the_bias_before_it_is_scaled(use_bias):
    def network(x):
        x = layers.Conv2D(4, 3, use_bias=use_bias, bias_initializer="ones", name="conv")(x)
        mean = np.array([1000.0, -300.0, 100.0, 0.25], "float32")
        return ops.batch_normalization(x, mean, np.full(4, 1e-2, "float32"), -1)

    assert kinds(check_layer(network, (8, 8, 3), values=_around_a_thousand)) == ["Conv"]


def _around_a_thousand(rng, shape):
    return rng.normal(size=shape).astype("float32") + 1000
