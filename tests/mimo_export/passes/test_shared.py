"""Equal constants and equal operators are there once."""

import keras
import numpy as np
from harness import check_layer, check_model
from keras import layers, ops

from mimo_export.onnx import to_onnx
from mimo_export.passes.shared import SharedPass


def test_weights_that_are_equal_are_stored_once():
    first, second = (layers.Dense(64, use_bias=False, name=name) for name in ("a", "b"))
    x = keras.Input((64,), name="x")
    model = keras.Model(x, [first(x), second(ops.tanh(x))])
    kernel = np.random.default_rng(1).normal(size=(64, 64)).astype("float32")
    exported = _with_weights(model, [kernel, kernel])
    assert len(exported.graph.initializers) == 1
    assert not SharedPass()(exported).modified


def test_small_weights_keep_their_own_names():
    first, second = (layers.Dense(2, use_bias=False, name=name) for name in ("a", "b"))
    x = keras.Input((2,), name="x")
    model = keras.Model(x, [first(x), second(ops.tanh(x))])
    exported = _with_weights(model, [np.eye(2, dtype="float32")] * 2)
    assert sorted(exported.graph.initializers) == ["a/kernel", "b/kernel"]


def test_shapes_are_stored_once():
    def network(x):
        return [ops.reshape(ops.tanh(x), (-1, 2, 3)), ops.reshape(ops.exp(x), (-1, 2, 3))]

    exported = check_layer(network, (6,))
    assert len(exported.graph.initializers) == 1


def test_outputs_that_are_one_value_keep_their_names():
    x = keras.Input((3,), name="x")
    y = layers.Dense(2, name="y")(x)
    exported = check_model(keras.Model(x, [y, y, y]))
    assert len({output.name for output in exported.graph.outputs}) == 3


def _with_weights(model, arrays):
    model.set_weights(arrays)
    return to_onnx(model)
