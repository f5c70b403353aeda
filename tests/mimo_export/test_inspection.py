from __future__ import annotations

from pathlib import Path

import pytest

from mimo_export.errors import ModelFileError
from mimo_export.inspection import inspect


def test_a_bundle_shows_contract_formats_and_what_is_in_the_onnx_file(exported: Path) -> None:
    found = inspect(exported)
    assert found["kind"] == "bundle"
    assert [(i["name"], i["shape"], i["dtype"]) for i in found["inputs"]] == [
        ("ecg", (16, 1), "float32"),
        ("words", (12,), "int32"),
    ]
    assert found["inputs"][1]["ids"] == 50
    assert [o["name"] for o in found["outputs"]] == ["risk", "diagnosis"]
    assert found["formats"] == ["onnx"]
    assert found["bytes"] > (exported / "model.keras").stat().st_size
    assert found["onnx"]["opset"] == {"ai.onnx": 17}
    assert found["onnx"]["nodes"] == sum(found["onnx"]["operators"].values())
    assert found["onnx"]["operators"]["Conv"] == 1


def test_an_onnx_file_shows_its_own_names_and_symbols(exported: Path) -> None:
    found = inspect(exported / "model.onnx")
    assert found["kind"] == "onnx"
    assert found["inputs"] == [
        {"name": "ecg", "shape": ["batch", 16, 1], "dtype": "float32"},
        {"name": "words", "shape": ["batch", 12], "dtype": "int32"},
    ]
    assert found["bytes"] == (exported / "model.onnx").stat().st_size


def test_a_keras_file_shows_its_layers(keras_file: Path) -> None:
    found = inspect(keras_file)
    assert (found["kind"], found["name"], found["class"]) == ("keras", "small", "Functional")
    assert found["layers"]["Dense"] == 2
    assert found["parameters"] == 4 * 3 + 4 + 50 * 3 + 59 + 1 + 59 * 3 + 3
    assert [i["name"] for i in found["inputs"]] == ["ecg", "words"]


@pytest.mark.parametrize("content", [b"nothing at all", b""])
def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        inspect(path)
    assert str(caught.value) == (
        "not an ONNX file, or one that is cut short\n"
        f"  where:  {path}\n"
        "  remedy: copy the file again, or export the model again"
    )


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with pytest.raises(ModelFileError) as caught:
        inspect(path)
    assert str(caught.value) == (
        f"there is no such file\n  where:  {path}\n  remedy: check the path"
    )


def test_another_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    with pytest.raises(ModelFileError) as caught:
        inspect(path)
    assert str(caught.value) == (
        "a file ending in '.h5' cannot be inspected\n"
        f"  where:  {path}\n"
        "  remedy: name a bundle (a folder), an .onnx file or a .keras file"
    )
