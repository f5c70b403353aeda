"""Activations are one operator wherever ONNX has it, and agree with Keras in every dtype."""

import keras
import numpy as np
import pytest
from harness import WIDE, check_layer
from keras import layers, ops

ONE_OPERATOR = {
    "relu": "Relu",
    "relu6": "Clip",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "leaky_relu": "LeakyRelu",
    "hard_sigmoid": "HardSigmoid",
    "hard_silu": "HardSwish",
    "hard_tanh": "Clip",
    "hard_shrink": "Shrink",
    "soft_shrink": "Shrink",
    "elu": "Elu",
    "celu": "Celu",
    "selu": "Selu",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "sparse_sigmoid": "HardSigmoid",
}


def _wide(rng, shape):
    """Return numbers on both sides of every threshold, and the thresholds themselves."""
    values = rng.normal(0, 4, shape)
    values.ravel()[:6] = [-3, -1, 0, 0.5, 1, 3]
    return values


@pytest.mark.parametrize(("name", "operator"), ONE_OPERATOR.items())
def test_activation_is_one_operator(name, operator):
    check_layer(getattr(ops, name), (None, 6), ops=[operator], values=_wide)


def test_other_activations_are_compositions():
    names = ["silu", "log_sigmoid", "tanh_shrink", "sparse_plus", "squareplus", "sparsemax", "glu"]
    check_layer(lambda x: [getattr(ops, name)(x) for name in names], (None, 6), values=_wide)


def test_parameters_of_activations():
    check_layer(
        lambda x: [
            ops.leaky_relu(x, negative_slope=0.01),
            ops.elu(x, alpha=0.3),
            ops.celu(x, alpha=2.5),
            ops.gelu(x, approximate=True),
            ops.gelu(x, approximate=False),
            ops.squareplus(x, b=0.5),
            ops.hard_shrink(x, threshold=2.0),
            ops.soft_shrink(x, threshold=2.0),
            ops.threshold(x, 1.0, -7.0),
        ],
        (None, 6),
        values=_wide,
    )


def test_axes_of_activations():
    check_layer(
        lambda x: [
            ops.softmax(x, axis=1),
            ops.softmax(x, axis=None),
            ops.log_softmax(x, axis=-2),
            ops.log_softmax(x, axis=None),
            ops.sparsemax(x, axis=1),
            ops.sparsemax(x, axis=0),
            ops.glu(x, axis=2),
        ],
        (None, 6),
    )


def test_every_activation_of_keras_activations():
    names = sorted(
        name
        for name in dir(keras.activations)
        if not name.startswith("_") and name not in ("deserialize", "get", "serialize")
    )
    outside = {"glu", "threshold"}  # one halves its channels, one needs arguments
    check_layer(
        lambda x: [layers.Activation(name)(x) for name in names if name not in outside],
        (5, 6),
        values=_wide,
    )


@WIDE
def test_activations_in_float64():
    def function(x):
        # Beside 1e6, float32 would keep nothing of what an exponential adds.
        return [getattr(ops, name)(x) * 1e6 for name in (*ONE_OPERATOR, "log_sigmoid")]

    check_layer(function, (6,), dtype="float64", values=_wide)


def test_activations_in_float16():
    names = [*ONE_OPERATOR, "silu", "gelu", "log_sigmoid", "squareplus"]
    check_layer(lambda x: [getattr(ops, name)(x) for name in names], (6,), dtype="float16")


def test_activations_in_bfloat16():
    def function(x):
        half = ops.cast(x, "bfloat16")
        names = ["relu", "relu6", "hard_tanh", "hard_shrink", "soft_shrink", "sparse_plus"]
        found = [getattr(ops, name)(half) for name in names]
        return [ops.cast(y, "float32") for y in (*found, ops.threshold(half, 1.0, -7.0))]

    check_layer(function, (6,), values=lambda rng, shape: rng.integers(-4, 5, shape))


def test_curves_in_bfloat16_have_kernels():
    def function(x):
        half = ops.cast(x, "bfloat16")
        names = ["gelu", "glu", "log_sigmoid", "log_softmax", "silu", "sparsemax", "squareplus"]
        # Of zeros each of them is known to the last bit.
        return [ops.cast(getattr(ops, name)(half), "float32") for name in names]

    check_layer(function, (4,), values=lambda rng, shape: np.zeros(shape))


@pytest.mark.parametrize("dtype", ["int32", "uint8", pytest.param("int64", marks=WIDE)])
def test_relu_of_integers(dtype):
    check_layer(ops.relu, (6,), dtype=dtype, values=lambda rng, shape: rng.integers(0, 9, shape))


def test_softmax_of_large_logits_does_not_overflow():
    check_layer(ops.softmax, (6,), values=lambda rng, shape: np.round(rng.normal(0, 200, shape)))
