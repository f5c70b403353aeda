"""One file is held against Keras before it is there, on what a bundle would be held against."""

from __future__ import annotations

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from keras import layers

from mimo_export import single_file
from mimo_export.errors import (
    InputError,
    MimoExportError,
    ModelFileError,
    UnsupportedOperationError,
    VerificationError,
)
from mimo_export.single_file import export_onnx


def small():
    x = keras.Input((3,), name="x")
    return keras.Model(x, layers.Dense(2, name="y")(x), name="small")


@pytest.fixture
def broken(monkeypatch):
    """Let the finished file compute something else."""
    finished = single_file.finished_model

    def altered(graph):
        built = finished(graph)
        (weight,) = (v for v in built.graph.initializers.values() if v.const_value.size == 6)
        weight.const_value = ir.tensor(weight.const_value.numpy() + 1)
        return built

    monkeypatch.setattr(single_file, "finished_model", altered)


def test_a_file_that_differs_from_keras_is_not_written(broken, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"before")
    with pytest.raises(VerificationError) as caught:
        export_onnx(small(), path)
    assert caught.value.what.startswith("the export and Keras disagree: onnxruntime, y: ")
    assert "nothing was written" in caught.value.remedy
    assert path.read_bytes() == b"before"
    assert [part.name for part in tmp_path.iterdir()] == ["m.onnx"]


def test_the_check_can_be_left_out(broken, tmp_path):
    path = export_onnx(small(), tmp_path / "m.onnx", verify=False)
    onnx.checker.check_model(path)


def test_a_verified_file_has_the_bytes_of_an_unverified_one(tmp_path):
    model = small()
    one = export_onnx(model, tmp_path / "one.onnx").read_bytes()
    assert one == export_onnx(model, tmp_path / "two.onnx", verify=False).read_bytes()
    assert sorted(part.name for part in tmp_path.iterdir()) == ["one.onnx", "two.onnx"]


def test_categories_in_an_input_of_floats_are_verified_as_such(tmp_path):
    x = keras.Input((10,), name="x")
    path = export_onnx(keras.Model(x, layers.CategoryEncoding(16)(x)), tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(path)
    (found,) = session.run(None, {"x": np.full((1, 10), 15, "float32")})
    assert found.argmax() == 15


def test_two_scales_of_one_input_are_verified_where_float32_holds_both(tmp_path):
    x = keras.Input((8,), name="x")
    scaled = layers.Normalization(mean=100.0, variance=4.0, name="scaled")(x)
    raw = layers.LayerNormalization(name="raw")(x)
    assert export_onnx(keras.Model(x, [scaled, raw]), tmp_path / "m.onnx").exists()


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (None, ModelFileError),
        (7, ModelFileError),
        (keras.layers.Dense(2), ModelFileError),
        (keras.Model, ModelFileError),
        ("missing.keras", ModelFileError),
        (keras.Sequential([keras.layers.Dense(2)]), ModelFileError),
    ],
)
def test_what_is_no_model_is_refused(model, kind, tmp_path):
    with pytest.raises(kind):
        export_onnx(model, tmp_path / "m.onnx")


@pytest.mark.parametrize("opset", [1, 99, "18", 18.5, -3])
def test_an_opset_that_cannot_be_written_is_refused(opset, tmp_path):
    with pytest.raises(UnsupportedOperationError) as caught:
        export_onnx(small(), tmp_path / "m.onnx", opset=opset)
    assert caught.value.what.startswith(f"opset {opset!r} cannot be written")


@pytest.mark.parametrize(
    "samples",
    [
        {"z": np.ones((2, 3), "float32")},
        {"x": np.ones((2, 5), "float32")},
        {"x": np.ones((0, 3), "float32")},
        {"x": "three"},
        {"x": 3.0},
    ],
)
def test_samples_that_do_not_fit_are_refused(samples, tmp_path):
    with pytest.raises(InputError):
        export_onnx(small(), tmp_path / "m.onnx", samples=samples)


def test_a_single_input_is_stated_without_a_list(tmp_path):
    model = keras.Sequential([layers.Dense(2, name="y")])
    path = export_onnx(model, tmp_path / "m.onnx", inputs=keras.Input((3,), name="feature"))
    assert [i.name for i in onnx.load(path).graph.input] == ["feature"]


@pytest.mark.parametrize("inputs", [[3], "x", [None]])
def test_inputs_that_are_none_are_refused(inputs, tmp_path):
    with pytest.raises(MimoExportError):
        export_onnx(small(), tmp_path / "m.onnx", inputs=inputs)


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        export_onnx(small(), tmp_path / "none" / "m.onnx")
