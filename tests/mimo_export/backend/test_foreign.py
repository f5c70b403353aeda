"""A call of a framework's function on a traced tensor is named, with its line and the remedy."""

# ruff: noqa: PLW0108 - the call in the lambda is what is tested

import importlib
from pathlib import Path

import keras
import numpy as np
import pytest
from harness import check_layer
from keras import layers

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx

BACKEND = keras.backend.backend()
fw = importlib.import_module(BACKEND)
NAME = {"jax": "JAX", "torch": "PyTorch", "tensorflow": "TensorFlow"}[BACKEND]
HERE = Path(__file__)


class Foreign(layers.Layer):
    """Calls what it was given."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, x):
        return self.function(x)

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


class Activation(layers.Activation):
    """Keras's own, which calls its function by a name of its own; Keras need not run it."""

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


def refused(function):
    x = keras.Input((3,), name="x")
    model = keras.Model(x, Foreign(function, name="foreign")(x), name="model")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    return str(caught.value)


def place_of(function):
    return f"{HERE}:{function.__code__.co_firstlineno}"


CASES = {
    "jax": [
        (lambda x: fw.nn.silu(x), "fw.nn.silu", "silu"),
        (lambda x: fw.numpy.concatenate([x, x], -1), "fw.numpy.concatenate", "concatenate"),
        (lambda x: fw.numpy.einsum("ij->ji", x), "fw.numpy.einsum", "einsum"),
        (lambda x: fw.nn.gelu(x), "fw.nn.gelu", "gelu"),
    ],
    "torch": [
        (lambda x: fw.relu(x), "fw.relu", "relu"),
        (lambda x: fw.cat([x, x], -1), "fw.cat", "concatenate"),
        (lambda x: fw.mean(x, dim=-1), "fw.mean", "mean"),
        (lambda x: fw.nn.functional.gelu(x), "fw.nn.functional.gelu", "gelu(x, approximate=False)"),
        (lambda x: fw.nn.functional.softmax(x, dim=-1), "fw.nn.functional.softmax", "softmax"),
    ],
    "tensorflow": [
        (lambda x: fw.nn.relu(x), "fw.nn.relu", "relu"),
        (lambda x: fw.matmul(x, x), "fw.matmul", "matmul"),
        (lambda x: fw.cast(x, "int32"), "fw.cast", "cast"),
        (lambda x: fw.concat([x, x], -1), "fw.concat", "concatenate"),
        (lambda x: fw.reduce_mean(x, -1), "fw.reduce_mean", "mean"),
        (lambda x: fw.nn.gelu(x), "fw.nn.gelu", "gelu(x, approximate=False)"),
        (lambda x: fw.keras.backend.square(x), "fw.keras.backend.square", "square"),
    ],
}[BACKEND]


@pytest.mark.parametrize(("function", "name", "same"), CASES)
def test_a_function_of_the_framework_is_named_with_its_line_and_the_same_of_keras(
    function, name, same
):
    assert refused(function) == (
        f"{name} of {NAME} is called on a traced tensor, which only keras.ops knows\n"
        f"  where:  layer 'foreign' (Foreign) of model 'model' (Functional), "
        f"{place_of(function)}\n"
        f"  remedy: call keras.ops.{same} instead, which computes on every backend"
    )


@pytest.mark.parametrize(
    ("function", "name", "same"),
    [
        (lambda x: np.exp(x), "np.exp", "exp"),
        (lambda x: np.mean(x), "np.mean", "mean"),
        (lambda x: np.concatenate([x, x]), "np.concatenate", "concatenate"),
        (lambda x: np.asarray(x), "np.asarray", "convert_to_tensor"),
    ],
)
def test_a_function_of_numpy_is_named_too(function, name, same):
    first, _, last = refused(function).splitlines()
    assert first == f"{name} of NumPy is called on a traced tensor, which only keras.ops knows"
    assert last == f"  remedy: call keras.ops.{same} instead, which computes on every backend"


def test_a_call_over_several_lines_is_named():
    def call(x):
        return np.matmul(
            x,
            x,
        )

    assert refused(call).startswith("np.matmul of NumPy is called on a traced tensor")


def test_a_function_without_a_counterpart_has_the_other_remedy():
    assert refused(lambda x: np.apply_along_axis(abs, 0, x)).endswith(
        "remedy: write it with keras.ops, or give the layer an ONNX form: export/README.md, "
        "'A layer that calls its framework directly'"
    )


def test_a_function_that_a_layer_of_keras_calls_is_named():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, Activation(np.linalg.matrix_rank)(x), name="model")
    with pytest.raises(UnsupportedOperationError, match=r"numpy\.linalg\.matrix_rank of NumPy is"):
        to_onnx(model)


def test_a_method_of_a_frameworks_tensor_is_named_with_the_same_of_keras():
    def call(x):
        return x.unsqueeze(0)

    assert refused(call) == (
        "a traced tensor has no 'unsqueeze': it is of no framework\n"
        "  where:  layer 'foreign' (Foreign) of model 'model' (Functional), "
        f"{HERE}:{call.__code__.co_firstlineno + 1}\n"
        "  remedy: call keras.ops.expand_dims instead, which computes on every backend"
    )


@pytest.mark.parametrize(
    ("function", "same"), [(lambda x: x * x.dim(), "ndim"), (lambda x: x * x.size(-1), "shape")]
)
def test_a_method_that_is_a_value_here_is_named_too(function, same):
    first, _, last = refused(function).splitlines()
    assert first.startswith("a traced tensor has no '")
    assert last == f"  remedy: call keras.ops.{same} instead, which computes on every backend"


def test_a_decision_of_pythons_is_still_named_as_one():
    assert "asked for in Python" in refused(lambda x: x if x[0, 0] > 0 else -x)
    assert "asked for in Python" in refused(lambda x: x * float(x[0, 0]))


def test_an_error_of_the_layers_own_stays_what_it_is():
    def call(x):
        raise ValueError("none of your business")

    assert "cannot be traced: ValueError: none of your business" in refused(call)


def test_a_tensor_of_the_framework_may_stand_on_the_left_of_an_operator():
    left = keras.ops.convert_to_tensor(np.arange(3, dtype="float32"))
    matrix = keras.ops.convert_to_tensor(np.eye(3, 2, dtype="float32"))
    check_layer(Foreign(lambda x: left + x), (3,), ops=["Add"])
    check_layer(Foreign(lambda x: left * (left - x)), (3,), ops=["Sub", "Mul"])
    check_layer(layers.Lambda(lambda x: x @ matrix, output_shape=(2,)), (3,), ops=["MatMul"])
