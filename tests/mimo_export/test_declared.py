from __future__ import annotations

import contextlib
import threading
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.archive import load_keras
from mimo_export.archive_weights import Stored
from mimo_export.declared import held_to
from mimo_export.errors import ModelFileError

NOT_TRUSTED = "do not load this file; ask whoever made it for one that Keras itself has saved"


def changed(path: Path, old: str, new: str) -> Path:
    """Change the text of a file's configuration."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["config.json"].decode()
    assert old in text
    members["config.json"] = text.replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def saved(path: Path, *between: layers.Layer, shape: tuple[int, ...] = (6, 4)) -> Path:
    x = hidden = keras.Input(shape, name="x")
    for layer in between:
        hidden = layer(hidden)
    keras.Model(x, hidden, name="m").save(path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        load_keras(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy == NOT_TRUSTED
    return caught.value.what


@pytest.mark.parametrize(
    ("layer", "old", "new", "variable"),
    [
        (layers.Dense(2, name="y"), '"units": 2', '"units": 2000000000', "'y/kernel' has shape (4"),
        (
            layers.LSTM(2, name="y"),
            '"units": 2',
            '"units": 2000000000',
            "lstm_cell/kernel' has shape",
        ),
        (
            layers.Conv1D(2, 3, name="y"),
            '"filters": 2',
            '"filters": 2000000000',
            "'y/kernel' has shape (3, 4, 2000000000)",
        ),
    ],
)
def test_weights_that_the_file_does_not_hold_get_no_memory(
    tmp_path: Path, layer: Any, old: str, new: str, variable: str
) -> None:
    path = changed(saved(tmp_path / "m.keras", layer), old, new)
    what = refused(path)
    assert what.startswith("the model declares more weights than the file holds (")
    assert variable in what


def test_a_tensor_larger_than_any_model_s_is_refused(tmp_path: Path) -> None:
    layer = layers.ZeroPadding1D(2, name="y")
    path = changed(saved(tmp_path / "m.keras", layer), '"padding": [2, 2]', '"padding": [2, 2e9]')
    changed(path, "2e9", "2000000000")
    assert refused(path) == (
        "the model makes a tensor of shape (None, 2000000008, 4), more than 1,073,741,824 numbers"
    )


def test_what_a_layer_keeps_out_of_the_file_has_room(tmp_path: Path) -> None:
    dense = layers.Dense(300, name="y", lora_rank=200)
    loaded = load_keras(saved(tmp_path / "m.keras", dense, layers.Dropout(0.5, seed=1)))
    assert loaded.get_layer("y").lora_rank == 200


def test_other_threads_and_later_layers_are_not_watched(tmp_path: Path) -> None:
    def build() -> None:
        made.append(layers.Dense(5000).build((None, 5000)))

    made: list[Any] = []
    with held_to(Stored(0), tmp_path):
        thread = threading.Thread(target=build)
        thread.start()
        thread.join()
    build()
    assert len(made) == 2
    assert "_validate_shape" not in vars(keras.Variable)


def test_a_refusal_that_keras_swallows_is_raised_all_the_same(tmp_path: Path) -> None:
    def load() -> None:
        with held_to(Stored(0), tmp_path), contextlib.suppress(ModelFileError):
            layers.Dense(5000).build((None, 5000))

    with pytest.raises(ModelFileError, match="declares more weights"):
        load()


def stored_as(path: Path, array: np.ndarray[Any, Any]) -> Path:
    """Put other numbers into the first variable of a file that is of their shape."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = path.with_name("weights.h5")
    weights.write_bytes(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        name = next(name for name in names if getattr(file[name], "shape", None) == array.shape)
        del file[name]
        file[name] = array
    members["model.weights.h5"] = weights.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@keras.saving.register_keras_serializable("declared")
class Numbered(layers.Layer):
    """Has a table of integers."""

    def build(self, _: Any) -> None:
        self.table = self.add_weight(
            shape=(4,), dtype="int32", initializer="zeros", trainable=False, name="table"
        )

    def call(self, x: Any) -> Any:
        return x + keras.ops.cast(self.table, x.dtype)


@pytest.mark.parametrize(
    ("array", "stored"),
    [
        (np.array([1, 2, 3, 4.5]), "float64"),
        (np.array([1, 2, 3, 2**40]), "int64"),
        (np.array([1, 2, 3, 2**31], "uint32"), "uint32"),
        (np.array([1, 2, 3, 4j], "complex64"), "complex64"),
    ],
)
def test_numbers_that_a_variable_cannot_hold_are_refused(
    tmp_path: Path, array: np.ndarray[Any, Any], stored: str
) -> None:
    path = stored_as(saved(tmp_path / "m.keras", Numbered(name="y")), array)
    assert refused(path) == (
        f"the file holds numbers of {stored} for the variable 'y/table' of int32, which cannot "
        "hold them"
    )


def test_complex_weights_are_not_made_real(tmp_path: Path) -> None:
    dense = layers.Dense(2, use_bias=False, name="y")
    path = stored_as(saved(tmp_path / "m.keras", dense), np.ones((4, 2), "complex64"))
    assert refused(path).startswith("the file holds numbers of complex64 for the variable 'y/")


@pytest.mark.parametrize("dtype", ["float64", "float16", "int8", "bool"])
def test_other_numbers_that_a_variable_can_hold_are_taken(tmp_path: Path, dtype: str) -> None:
    dense = layers.Dense(2, use_bias=False, name="y")
    path = stored_as(saved(tmp_path / "m.keras", dense), np.ones((4, 2), dtype))
    (kernel,) = load_keras(path).get_layer("y").get_weights()
    assert (kernel == 1).all()
