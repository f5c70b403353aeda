from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mimo_export.archive_age import blamed_on_age, saved_by
from mimo_export.archive_zip import file_error
from mimo_export.errors import ModelFileError


def file_of(path: Path, metadata: Any) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", metadata)
    return path


@pytest.mark.parametrize(
    ("metadata", "version"),
    [
        (json.dumps({"keras_version": "2.15.0"}), "2.15.0"),
        (json.dumps({"keras_version": "3.16.0.dev2026"}), "3.16.0.dev2026"),
        (json.dumps({"keras_version": ["2.15.0"]}), ""),
        (json.dumps({"keras_version": "2.15\x1b[31m"}), ""),
        ("[]", ""),
        ("{", ""),
        ("[" * 100_000, ""),
        (" " * 2**17, ""),
    ],
)
def test_the_version_is_what_the_metadata_say(tmp_path: Path, metadata: str, version: str) -> None:
    with zipfile.ZipFile(file_of(tmp_path / "m.keras", metadata)) as archive:
        assert saved_by(archive) == version


def test_a_file_of_keras_2_that_cannot_be_loaded_is_called_one(tmp_path: Path) -> None:
    path = file_of(tmp_path / "m.keras", json.dumps({"keras_version": "2.15.0"}))
    with pytest.raises(ModelFileError) as caught, blamed_on_age(path):
        raise file_error("the class 'Functional' is unknown", path, "register it")
    assert str(caught.value) == (
        "the file was saved by Keras 2.15.0 (tf.keras, or the package tf_keras), and Keras 3 "
        "cannot load it: the class 'Functional' is unknown\n"
        f"  where:  {path}\n"
        "  remedy: in the environment that trained it, save "
        "`model.save_weights('model.weights.h5')`; build the same model with Keras 3, load these "
        "weights into it, and save it with `model.save('name.keras')`"
    )


def test_a_file_of_keras_3_keeps_its_own_refusal(tmp_path: Path) -> None:
    path = file_of(tmp_path / "m.keras", json.dumps({"keras_version": "3.0.0"}))
    with pytest.raises(ModelFileError) as caught, blamed_on_age(path):
        raise file_error("no", path, "register it")
    assert caught.value.what == "no"
