from __future__ import annotations

import os
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from mimo_export.archive import load_keras
from mimo_export.archive_folder import Packed, as_file, is_model_folder, named, pack
from mimo_export.errors import ModelFileError


@pytest.fixture
def folder(model: keras.Model, tmp_path: Path) -> Path:
    path = tmp_path / "saved"
    keras.saving.save_model(model, path, zipped=False)
    return path


def test_a_folder_of_keras_loads_as_its_file_does(folder: Path, model: keras.Model) -> None:
    assert is_model_folder(folder)
    loaded = load_keras(folder)
    for expected, got in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_folder_has_assets_and_nothing_that_is_not_keras_s(folder: Path, tmp_path: Path) -> None:
    (folder / "assets" / "layers").mkdir(parents=True, exist_ok=True)
    (folder / "assets" / "layers" / "vocabulary.txt").write_text("a\nb\n", encoding="utf-8")
    (folder / "README.md").write_text("of somebody", encoding="utf-8")
    pack(folder, tmp_path / "packed.keras")
    with zipfile.ZipFile(tmp_path / "packed.keras") as archive:
        assert sorted(archive.namelist()) == [
            *("assets/layers/vocabulary.txt", "config.json"),
            *("metadata.json", "model.weights.h5"),
        ]


def test_an_error_names_the_folder_that_was_given(tmp_path: Path) -> None:
    packed, folder = tmp_path / "scratch" / "m.keras", tmp_path / "saved"
    with pytest.raises(ModelFileError) as caught, named(packed, folder):
        raise ModelFileError(f"{packed} is none", where=f"config.json in {packed}", remedy="none")
    assert caught.value.what == f"{folder} is none"
    assert caught.value.where == f"config.json in {folder}"


@pytest.mark.parametrize("name", ["model.weights.h5", "assets/words.txt", "assets"])
def test_no_link_is_followed_out_of_the_folder(folder: Path, tmp_path: Path, name: str) -> None:
    place = folder / name
    if place.is_dir():
        place.rmdir()
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to("/etc")
    with pytest.raises(ModelFileError) as caught:
        load_keras(folder)
    assert str(caught.value) == (
        "a file of the model is no regular file\n"
        f"  where:  '{name}' in {folder}\n"
        "  remedy: do not load this file; ask whoever made it for one that Keras itself has saved"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    (folder / "metadata.json").unlink()
    os.mkfifo(folder / "metadata.json")
    with pytest.raises(ModelFileError, match="no regular file"):
        load_keras(folder)


def test_a_refusal_names_the_folder(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelFileError, match="is no JSON") as caught:
        load_keras(folder)
    assert caught.value.where == f"'config.json' in {folder}"


def test_a_packed_file_is_there_as_long_as_it_is_held(folder: Path) -> None:
    packed = Packed(folder)
    path = packed.path
    assert path.name == "saved.keras"
    assert path.is_file()
    del packed
    assert not path.exists()


def test_a_file_stays_as_it_is(keras_file: Path) -> None:
    with as_file(keras_file) as file:
        assert file == keras_file
