"""Arithmetic has Keras's dtypes and signs, in as few operators as ONNX allows."""

import keras
import numpy as np
import pytest
from functions import check_function
from harness import check_layer
from keras import ops

BINARY = {
    "add": ops.add,
    "subtract": ops.subtract,
    "multiply": ops.multiply,
    "divide": ops.divide,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "floor_divide": ops.floor_divide,
    "mod": ops.mod,
}
FLOATS = {
    "divide_no_nan": ops.divide_no_nan,
    "true_divide": ops.true_divide,
    "fmax": ops.fmax,
    "fmin": ops.fmin,
    "fmod": ops.fmod,
    "hypot": ops.hypot,
    "heaviside": ops.heaviside,
    "with_numbers": lambda x, y: 2 * x - y / 3 + (1 - x),
}
UNARY = {
    "negative": (ops.negative, ["Neg"]),
    "absolute": (ops.absolute, ["Abs"]),
    "abs": (ops.abs, ["Abs"]),
    "square": (ops.square, ["Mul"]),
    "exp": (ops.exp, ["Exp"]),
    "sin": (ops.sin, ["Sin"]),
    "cos": (ops.cos, ["Cos"]),
    "tanh": (ops.tanh, ["Tanh"]),
    "reciprocal": (lambda x: ops.reciprocal(x + 10), ["Add", "Reciprocal"]),
    "sqrt": (lambda x: ops.sqrt(ops.abs(x)), ["Abs", "Sqrt"]),
    "log": (lambda x: ops.log(ops.exp(x)), ["Exp", "Log"]),
    "clip": (lambda x: ops.clip(x, -0.5, 0.5), ["Clip"]),
    "power": (lambda x: ops.power(x, 3), ["Pow"]),
}


@pytest.mark.parametrize(("function", "operators"), UNARY.values(), ids=UNARY)
def test_function_of_one_number_is_its_operator(function, operators):
    check_function(function, (None, 4), ops=operators)


@pytest.mark.parametrize("dtype", ["float32", "int32", "float16"])
def test_two_tensors_of_one_dtype(dtype):
    check_function(
        lambda x, y: {name: function(x, y) for name, function in BINARY.items()},
        (None, 4),
        (1, 4),
        dtype=dtype,
        values=_never_zero,
    )


def test_two_floating_tensors():
    check_function(
        lambda x, y: {name: function(x, y) for name, function in FLOATS.items()}, (3, 4), (3, 4)
    )


@pytest.mark.parametrize(
    "pair", [("float32", "int32"), ("float16", "float32"), ("int32", "uint8"), ("bool", "int8")]
)
def test_mixed_dtypes_are_promoted_as_keras_does(pair):
    names = ("add", "multiply", "divide", "maximum", "minimum")
    check_function(
        lambda x, y: {name: BINARY[name](x, y) for name in names},
        (3, 4),
        (3, 4),
        dtype=pair,
        values=_small,
    )


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow adds and compares no booleans"
)
def test_booleans_are_added_and_multiplied_by_logic():
    check_function(lambda x, y: [x + y, x * y], (4,), (4,), dtype="bool", ops=["Or", "And"])


def test_quotients_and_remainders_of_every_pair_of_signs():
    def signs(_rng, shape):
        return np.resize([7, -7, 3, -3, 6, -6], shape)

    for dtype in ("int32", "float32"):
        check_function(
            lambda x: {"q": x // 4, "r": x % 4, "nq": x // -4, "nr": x % -4, "f": ops.fmod(x, 4)},
            (6,),
            dtype=dtype,
            values=signs,
        )


def test_floor_divide_of_floats_is_not_led_astray_by_rounding():
    check_function(
        lambda x: ops.floor_divide(x, 0.25), (5,), values=lambda _, s: np.resize([1, 0.75, -1], s)
    )


def test_tensors_as_bounds_of_clip():
    check_function(lambda x, y: ops.clip(x, y - 1, y), (3, 4), (1, 4))


def test_ldexp():
    check_function(ops.ldexp, (4,), (4,), dtype=("float32", "int32"))


def test_fabs_of_integers_is_floating():
    check_function(ops.fabs, (4,), dtype="int32")


def test_variable_on_the_left_of_an_operator():
    class Scale(keras.layers.Layer):
        def build(self, _):
            self.g = self.add_weight(shape=(4,), initializer="ones", name="g")

        def call(self, x):
            return self.g * x - self.g

    check_layer(Scale(name="scale"), (4,), ops=["Mul", "Sub"])


def _never_zero(rng, shape):
    return rng.integers(1, 9, shape) * np.where(rng.integers(0, 2, shape), 1, -1)


def _small(rng, shape):
    return rng.integers(1, 5, shape)
