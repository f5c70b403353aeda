"""Scales and shifts before weights are in the weights; values stay."""

import numpy as np
import pytest
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.scale import ScalePass

SCALES = np.array([0.5, -2.0, 1.5], "float32")
SHIFTS = np.array([1.0, -3.0, 0.25], "float32")


def after(layer, *, scale=SCALES, shift=SHIFTS):
    return lambda x: layer(x * scale + shift)


def test_before_a_dense_layer():
    model = check_layer(after(layers.Dense(4, name="dense")), (3,), ops=["Gemm"])
    assert not ScalePass()(model).modified


def test_before_a_dense_layer_one_number_for_all():
    dense = layers.Dense(4, name="dense")
    check_layer(after(dense, scale=np.float32(3), shift=np.float32(-1)), (3,), ops=["Gemm"])


def test_mean_and_deviation_of_a_normalization_layer():
    normal = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0], name="normal")
    dense = layers.Dense(4, name="dense")
    check_layer(lambda x: dense(normal(x)), (3,), ops=["Gemm"])


def test_before_a_convolution_without_pads():
    conv = layers.Conv2D(5, (2, 3), strides=2, name="conv")
    check_layer(after(conv), (7, 8, 3), ops=["Transpose", "Conv", "Transpose"])


def test_pads_are_not_shifted():
    conv = layers.Conv2D(5, 3, padding="same", name="conv")
    check_layer(after(conv), (7, 8, 3), ops=["Mul", "Add", "Transpose", "Conv", "Transpose"])
    check_layer(lambda x: conv(x * SCALES), (7, 8, 3), ops=["Transpose", "Conv", "Transpose"])


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("options", [{}, {"use_bias": False}, {"go_backwards": True}])
def test_before_a_recurrent_layer(kind, options):
    model = check_layer(after(getattr(layers, kind)(4, name="rnn", **options)), (5, 3))
    found = {node.op_type for node in model.graph}
    assert not found & {"Mul", "Add"}


def test_before_both_directions():
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="both")
    model = check_layer(after(both), (5, 3))
    assert not {node.op_type for node in model.graph} & {"Mul", "Add"}


def test_a_part_of_what_is_joined():
    dense = layers.Dense(4, name="dense")

    def network(x, y):
        return dense(layers.Concatenate(name="joined")([x, y * SCALES + SHIFTS, x]))

    check_layer(network, (2,), (3,), ops=["Concat", "Gemm"])


def test_a_large_shift_is_left_but_not_its_scale():
    dense = layers.Dense(4, name="dense")
    check_layer(lambda x: dense((x - np.float32(100)) * SCALES), (3,), ops=["Sub", "Gemm"])


def test_what_is_read_twice_is_left():
    dense = layers.Dense(4, name="dense")

    def network(x):
        scaled = x * SCALES
        return [dense(scaled), ops.tanh(scaled)]

    model = check_layer(network, (3,))
    assert sorted(node.op_type for node in model.graph) == ["Gemm", "Mul", "Tanh"]


def test_weights_that_are_shared_are_left():
    dense = layers.Dense(4, name="dense")
    model = check_layer(lambda x: [dense(x * SCALES), dense(x)], (3,))
    assert "Mul" in [node.op_type for node in model.graph]


def test_half_precision_is_left():
    dense = layers.Dense(4, name="dense", dtype="float16")
    scale = SCALES.astype("float16")
    model = check_layer(lambda x: dense(ops.multiply(x, scale)), (3,), dtype="float16")
    assert "Mul" in [node.op_type for node in model.graph]


def test_a_graph_without_scales_is_not_modified():
    model = check_layer(layers.Dense(3, name="dense"), (4,))
    assert not ScalePass()(model).modified
