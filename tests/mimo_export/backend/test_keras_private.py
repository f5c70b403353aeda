"""What Keras 3.15 and 3.16 keep in different places is found in both."""

import types

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.backend import FAMILIES, _keras_private
from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx

NEWER = pytest.mark.skipif(not _keras_private.HAS_OPS, reason="Keras 3.16 has these functions")


@pytest.mark.parametrize("family", _keras_private.FAMILIES)
def test_each_family_is_the_running_backends_module(family):
    assert _keras_private.family(family).__name__.endswith(f".{family}")


@pytest.mark.parametrize("name", ["is_tensor", "convert_to_tensor", "cast", "lstm", "backend"])
def test_what_keras_asks_outside_of_families_is_found(name):
    assert callable(_keras_private.asked(name))


def test_what_keras_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _keras_private.asked("nothing_of_the_kind")


def test_what_keras_composes_is_not_ours():
    named = [(f, name) for f, names in _keras_private.COMPOSED.items() for name in names]
    assert [name for f, name in named if hasattr(FAMILIES[f], name)] == []


@NEWER
def test_functions_that_keras_composes_are_traced():
    check_function(
        lambda x, y: [ops.copysign(x, y), ops.float_power(ops.abs(x), y), ops.cov(x[0])],
        (3, 4),
        (3, 4),
    )


@NEWER
def test_the_logarithm_of_gamma_on_both_sides_of_its_reflection():
    values = np.array([-2.5, -0.25, 0.25, 0.75, 1.5, 4.0, 30.0], "float32")
    check_function(
        ops.lgamma, (7,), values=lambda rng, shape: np.broadcast_to(values, shape).copy()
    )


@NEWER
def test_a_derivative_is_refused():
    inputs = keras.Input((2,))

    class Slope(keras.layers.Layer):
        def call(self, x):
            return ops.grad(ops.tanh)(x)

        def compute_output_shape(self, shape):
            return shape

    with pytest.raises(UnsupportedOperationError, match="a derivative is taken by a framework"):
        to_onnx(keras.Model(inputs, Slope()(inputs)))


def test_no_module_is_asked_after_the_one_that_has_a_function(monkeypatch):
    """A module of a plugin imports ours when it is asked, which is in the midst of its import."""
    first, second = types.ModuleType("first"), types.ModuleType("second")

    def made_up():
        raise AssertionError

    def asked_for(name):
        raise AssertionError(f"asked for {name}")

    first.made_up, second.__getattr__ = made_up, asked_for
    monkeypatch.setattr(_keras_private, "inner_rooms", lambda: (first, second))
    assert _keras_private.asked("made_up") is made_up
