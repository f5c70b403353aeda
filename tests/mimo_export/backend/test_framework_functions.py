"""A framework's function that Keras has too is the same one, wherever a layer holds it."""

import functools
import importlib

import keras
import numpy as np
import pytest
from harness import check_layer
from keras import layers

from mimo_export.archive import load_keras
from mimo_export.backend import _framework_functions
from mimo_export.backend._framework_functions import keras_function, keras_functions

BACKEND = keras.backend.backend()
FRAMEWORK = importlib.import_module(BACKEND)
GELU = {"torch": "nn.functional.gelu"}.get(BACKEND, "nn.gelu")
TANH = {"jax": "numpy.tanh"}.get(BACKEND, "tanh")
RELU = {"torch": "nn.functional.relu"}.get(BACKEND, "nn.relu")


def found(path):
    return functools.reduce(getattr, path.split("."), FRAMEWORK)


def values(path):
    """Numbers of every size and sign; none where a root or logarithm has no answer."""
    x = np.random.default_rng(0).normal(scale=3, size=(2, 3, 8))
    x = np.concatenate(
        [x, np.zeros((2, 3, 2)), np.full((2, 3, 2), -25), np.full((2, 3, 2), 30)], -1
    )
    positive = path.endswith(("log", "log1p", "sqrt"))
    return keras.ops.convert_to_tensor((np.abs(x) + 0.1 if positive else x).astype("float32"))


@pytest.mark.filterwarnings("ignore:Implicit dimension choice:UserWarning")
def test_functions_that_are_taken_for_kerass_give_the_same_numbers():
    tables = (_framework_functions._SAME, _framework_functions._OTHER)
    paths = [path for table in tables for path in table[BACKEND]]
    known = [path for path in paths if keras_function(found_or_none(path))]
    assert len(known) > 30
    for path in known:
        x = values(path)
        theirs, ours = found(path)(x), keras_function(found(path))(x)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(ours),
            keras.ops.convert_to_numpy(theirs),
            rtol=1e-6,
            atol=1e-6,
            err_msg=path,
        )


def found_or_none(path):
    return _framework_functions._found(BACKEND, path)


def test_an_approximate_gelu_is_asked_for_as_each_framework_asks():
    x = keras.ops.convert_to_tensor(np.linspace(-4, 4, 41, dtype="float32"))
    for asked in {"torch": ("none", "tanh")}.get(BACKEND, (False, True)):
        theirs = functools.partial(found(GELU), approximate=asked)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(keras_function(theirs)(x)),
            keras.ops.convert_to_numpy(theirs(x)),
            rtol=1e-6,
            atol=1e-6,
        )
    assert keras_function(functools.partial(found(GELU), unknown=1)) is None


@pytest.mark.parametrize("path", [RELU, GELU, TANH])
def test_an_activation_of_the_framework_exports(path):
    check_layer(layers.Dense(4, activation=found(path)), (3,))
    check_layer(layers.Conv1D(4, 2, activation=found(path)), (5, 3))
    check_layer(layers.Activation(found(path)), (3,))


def test_an_activation_of_the_framework_is_in_the_operator_of_a_recurrent_layer():
    layer = layers.LSTM(4, activation=found(RELU), recurrent_activation=found(TANH))
    exported = check_layer(layer, (5, 3))
    (lstm,) = [node for node in exported.graph.all_nodes() if node.op_type == "LSTM"]
    assert list(lstm.attributes["activations"].as_strings()) == ["Tanh", "Relu", "Relu"]
    check_layer(layers.RNN(layers.GRUCell(4, activation=found(GELU))), (5, 3))
    check_layer(layers.TimeDistributed(layers.Dense(4, activation=found(GELU))), (5, 3))
    check_layer(layers.Lambda(found(RELU)), (3,), ops=["Relu"])


class Mixed(layers.Layer):
    """Holds functions beside each other, and one with an option."""

    def __init__(self):
        super().__init__()
        self.functions = [found(TANH), keras.ops.negative]
        option = {"torch": "tanh"}.get(BACKEND, True)
        self.gelu = functools.partial(found(GELU), approximate=option)

    def call(self, x):
        for function in (*self.functions, self.gelu):
            x = function(x)
        return x


def test_functions_in_a_list_and_with_options_export():
    layer = Mixed()
    held = layer.gelu
    check_layer(layer, (3,), ops=["Tanh", "Neg", *GELU_BY_TANH])
    assert layer.gelu is held
    assert layer.functions[0] is found(TANH)


GELU_BY_TANH = ("Mul", "Mul", "Mul", "Add", "Mul", "Tanh", "Mul", "Add", "Mul")


def test_a_file_of_a_model_holds_kerass_functions(tmp_path):
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(4, activation=found(GELU))(x))
    with keras_functions(model):
        model.save(tmp_path / "m.keras")
    assert model.layers[1].activation is found(GELU)
    array = np.linspace(-2, 2, 6, dtype="float32").reshape(2, 3)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(load_keras(tmp_path / "m.keras")(array)),
        keras.ops.convert_to_numpy(model(array)),
        rtol=1e-6,
        atol=1e-6,
    )
