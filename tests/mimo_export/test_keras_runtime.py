"""Keras runs by name, in the dtypes of the contract."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export import keras_runtime
from mimo_export.contract import Signature
from mimo_export.errors import UnsupportedOperationError
from mimo_export.keras_runtime import answer, run_by_name
from mimo_export.signature import signature_of
from mimo_portable.specs import TensorSpec


def test_a_model_with_several_arguments_runs_by_name() -> None:
    class Scaled(keras.Model):
        def build(self, value_shape: Any, scale_shape: Any) -> None:
            self.built = True

        def call(self, value: Any, scale: Any) -> Any:
            return {"scaled": value * scale}

    model = Scaled()
    value, scale = np.ones((2, 3), "float32"), np.full((2, 1), 4, "float32")
    model(value, scale)
    got = run_by_name(model, {"value": value, "scale": scale})
    np.testing.assert_array_equal(got["scaled"], np.full((2, 3), 4, "float32"))


def test_dictionaries_of_outputs_keep_their_names() -> None:
    x = keras.Input((2,), name="x")
    outputs = {"b": layers.Dense(1, name="one")(x), "a": layers.Dense(2, name="two")(x)}
    got = run_by_name(keras.Model(x, outputs), {"x": np.ones((3, 2), "float32")})
    assert {name: array.shape for name, array in got.items()} == {"b": (3, 1), "a": (3, 2)}


def test_a_model_and_a_layer_may_be_called_anything() -> None:
    x = keras.Input((2,), name="größe 1")
    model = keras.Model(x, layers.Dense(1, name="a head")(x), name="My net")
    assert run_by_name(model, {"größe 1": np.ones((3, 2), "float32")})["a head"].shape == (3, 1)


def test_answers_have_the_dtypes_of_the_contract_where_a_backend_narrows_them() -> None:
    """JAX computes the first in float32 and gives the second back as int32."""
    x = keras.Input((3,), name="x", dtype="float64")
    ids = keras.Input((2,), name="ids", dtype="int64")
    y = layers.Dense(2, dtype="float64", name="y")(x)
    model = keras.Model([x, ids], {"y": y, "same": ids})
    signature = signature_of(model)
    found = answer(model, signature, {"x": np.ones((2, 3)), "ids": np.ones((2, 2), "int64")})
    assert {name: str(array.dtype) for name, array in found.items()} == {
        "y": "float64",
        "same": "int64",
    }


def test_an_answer_of_another_dtype_than_the_contract_has_is_refused(
    model: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras gives float32 for a resized picture of uint8 in a graph of TensorFlow."""
    signature = Signature((), (TensorSpec("y", (2,), "uint8"),))
    found = {"y": np.zeros((1, 2), "float32")}
    monkeypatch.setattr(keras_runtime, "run_by_name", lambda *_: found)
    backend = keras.backend.backend()
    with pytest.raises(UnsupportedOperationError) as caught:
        answer(model, signature, {})
    assert caught.value.what == (
        f"Keras on {backend} answers 'y' with float32, where the file, as Keras elsewhere, has "
        "uint8"
    )


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="Keras has strings there")
def test_strings_are_refused_where_keras_has_none(model: keras.Model) -> None:
    signature = Signature((TensorSpec("text", (1,), "string"),), ())
    backend = keras.backend.backend()
    with pytest.raises(UnsupportedOperationError) as caught:
        answer(model, signature, {"text": np.array([["a"]])})
    assert str(caught.value) == (
        f"Keras on {backend} has no strings\n"
        "  where:  'text' of model 'small'\n"
        "  remedy: run Keras on TensorFlow: KERAS_BACKEND=tensorflow, on the command line "
        "--backend tensorflow"
    )
