from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.placeholders import load_without_drawing


@keras.saving.register_keras_serializable("test_placeholders")
class Projection(layers.Layer):
    """A projection that its seed makes again, and a file need not hold."""

    def build(self, shape: tuple[int, ...]) -> None:
        initializer = keras.initializers.RandomNormal(seed=7)
        self.kernel = self.add_weight((shape[-1], 3), initializer, name="kernel")

    def call(self, x: Any) -> Any:
        return keras.ops.matmul(x, self.kernel)

    def save_own_variables(self, store: Any) -> None:
        pass

    def load_own_variables(self, store: Any) -> None:
        pass


def saved(folder: Path, *between: layers.Layer) -> tuple[keras.Model, Path]:
    x = hidden = keras.Input((6, 4), name="x")
    for layer in between:
        hidden = layer(hidden)
    model = keras.Model(x, layers.Dense(2, name="y")(hidden))
    model.save(folder / "m.keras")
    return model, folder / "m.keras"


@pytest.mark.parametrize("kept", [True, False])
def test_every_weight_is_the_one_that_was_saved(tmp_path: Path, kept: bool) -> None:
    first = layers.LSTM(3, return_sequences=True) if kept else Projection()
    model, path = saved(tmp_path, first, layers.BatchNormalization(), layers.Dropout(0.5, seed=3))
    loaded = load_without_drawing(lambda: keras.saving.load_model(path))
    for got, expected in zip(loaded.weights, model.weights, strict=True):
        assert got.name == expected.name
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got.numpy(), expected.numpy())


def test_no_weight_of_the_file_is_drawn_on_jax(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    draw = keras.initializers.GlorotUniform.__call__

    def watched(self: Any, shape: Any, dtype: Any = None) -> Any:
        drawn.append(tuple(shape))
        return draw(self, shape, dtype)

    _, path = saved(tmp_path)
    monkeypatch.setattr(keras.initializers.GlorotUniform, "__call__", watched)
    load_without_drawing(lambda: keras.saving.load_model(path))
    assert drawn == ([] if keras.backend.backend() == "jax" else [(4, 2)])


def test_what_is_built_later_is_drawn(tmp_path: Path) -> None:
    _, path = saved(tmp_path)
    load_without_drawing(lambda: keras.saving.load_model(path))
    later = layers.Dense(2)
    later.build((None, 4))
    assert np.abs(later.get_weights()[0]).min() > 0
