"""Pads before a convolution are its own."""

import pytest
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.padding import PaddingPass


def test_zeros_around_a_picture_are_pads_of_the_convolution():
    zeros, conv = layers.ZeroPadding2D(((1, 2), (0, 3)), name="z"), layers.Conv2D(2, 3, name="c")
    model = check_layer(lambda x: conv(zeros(x)), (6, 7, 3), ops=["Transpose", "Conv", "Transpose"])
    (conv_node,) = (node for node in model.graph if node.op_type == "Conv")
    assert list(conv_node.attributes["pads"].as_ints()) == [1, 0, 2, 3]
    assert not PaddingPass()(model).modified


def test_pads_add_up():
    zeros = layers.ZeroPadding2D(1, name="z")
    conv = layers.Conv2D(2, 3, padding="same", name="c")
    check_layer(lambda x: conv(zeros(x)), (6, 7, 3), ops=["Transpose", "Conv", "Transpose"])


def test_a_causal_convolution_has_no_pad_before_it():
    conv = layers.Conv1D(4, 3, padding="causal", name="c")
    assert "Pad" not in [node.op_type for node in check_layer(conv, (8, 3)).graph]


@pytest.mark.parametrize(
    "pad",
    [
        lambda x: ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=1.0),
        lambda x: ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"),
    ],
)
def test_other_pads_are_left(pad):
    conv = layers.Conv2D(2, 3, name="c")
    assert "Pad" in [node.op_type for node in check_layer(lambda x: conv(pad(x)), (6, 7, 3)).graph]


def test_a_pad_of_the_channels_is_left():
    # In one dimension: TensorFlow with oneDNN takes every pad before a Conv2D into it, and fails.
    conv = layers.Conv1D(2, 3, name="c")
    model = check_layer(lambda x: conv(ops.pad(x, [[0, 0], [1, 1], [0, 1]])), (6, 3))
    assert "Pad" in [node.op_type for node in model.graph]
