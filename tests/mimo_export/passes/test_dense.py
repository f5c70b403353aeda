"""A product and its bias are one operator."""

import numpy as np
from harness import check_layer
from keras import layers

from mimo_export.passes.dense import DensePass


def test_a_dense_layer_on_a_matrix_is_one_gemm():
    check_layer(layers.Dense(3, name="dense"), (4,), ops=["Gemm"])


def test_a_dense_layer_on_a_sequence_stays_two_operators():
    model = check_layer(layers.Dense(3, name="dense"), (None, 4), ops=["MatMul", "Add"])
    assert not DensePass()(model).modified


def test_a_product_that_is_returned_itself_is_left():
    def network(x):
        product = layers.Dense(3, use_bias=False, name="product")(x)
        return [product, product + np.arange(3.0, dtype="float32")]

    check_layer(network, (4,), ops=["MatMul", "Add"])


def test_a_batch_normalization_behind_it_goes_into_the_weights_with_or_without_a_bias():
    for use_bias in (True, False):
        dense = layers.Dense(3, use_bias=use_bias, name="dense")
        norm = layers.BatchNormalization(name="norm")
        check_layer(lambda x, parts=(dense, norm): parts[1](parts[0](x)), (4,), ops=["Gemm"])
        unscaled = layers.BatchNormalization(center=False, name="unscaled")
        check_layer(lambda x, parts=(dense, unscaled): parts[1](parts[0](x)), (4,), ops=["Gemm"])


def test_a_product_without_a_bias_takes_its_scale_in():
    dense = layers.Dense(3, use_bias=False, name="dense")
    check_layer(lambda x: dense(x) * np.arange(1.0, 4.0, dtype="float32"), (4,), ops=["MatMul"])
