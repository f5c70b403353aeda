"""A file holds a Lambda if nothing of its function stays behind in the module it was written in."""

from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter

import keras
import numpy as np
import pytest
from keras import layers, ops

from mimo_export.archive import load_keras
from mimo_export.archive_trust import environment_of
from mimo_export.bundle import export_bundle
from mimo_export.errors import ModelFileError, UnsupportedOperationError
from mimo_export.jobs import JOBS
from mimo_export.lambdas import check_portable, save_portable
from mimo_export.single_file import export_onnx

SCALE = 2.0


def halves(x):
    return x / SCALE


@keras.saving.register_keras_serializable("tests_of_lambdas")
def thirds(x):
    return x / 3


def model_with(*steps, name="m"):
    x = y = keras.Input((3,), name="x")
    for step in steps:
        y = step(y)
    return keras.Model(x, layers.Dense(2, name="y")(y), name=name)


def lambda_layer(function, **options):
    return layers.Lambda(function, output_shape=(3,), name="code", **options)


def test_a_lambda_of_its_own_and_a_registered_function_go_into_a_file(tmp_path):
    factor = 3.0
    model = model_with(lambda_layer(lambda x: abs(x) * factor), layers.Lambda(thirds))
    save_portable(model, tmp_path / "m.keras")
    check_portable(model, tmp_path / "m.keras")
    array = np.array([[1, -2, 3]], "float32")
    loaded = load_keras(tmp_path / "m.keras", unsafe_lambda=True)
    np.testing.assert_allclose(*(ops.convert_to_numpy(m(array)) for m in (loaded, model)))
    with pytest.raises(ModelFileError, match="Lambda"):
        load_keras(tmp_path / "m.keras")


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: ops.square(x) * SCALE, "it reads 'SCALE', 'ops' of its module"),
        (
            lambda x: keras.tree.map_structure(lambda y: y / SCALE, x),
            "it reads 'SCALE', 'keras' of its module",
        ),
        (halves, "halves is not registered with Keras"),
    ],
)
def test_what_another_process_would_miss_is_named(function, reason, tmp_path):
    model = model_with(lambda_layer(function))
    save_portable(model, tmp_path / "m.keras")
    with pytest.raises(UnsupportedOperationError) as raised:
        check_portable(model, tmp_path / "m.keras")
    assert str(raised.value) == (
        "a SavedModel is written from the .keras file, which cannot hold the function of Lambda "
        f"layer 'code': {reason}\n"
        "  where:  model 'm' (Functional)\n"
        "  remedy: leave the SavedModel out (formats=('onnx',), --format onnx), or put the "
        "computation into a layer class of your own, registered with "
        "@keras.saving.register_keras_serializable()"
    )


class MakesItsOwn(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Lambda(lambda x: ops.square(x) * SCALE)

    def call(self, x):
        return self.inner(x)


def test_a_lambda_that_a_layer_makes_is_not_in_the_file(tmp_path):
    model = model_with(MakesItsOwn())
    save_portable(model, tmp_path / "m.keras")
    check_portable(model, tmp_path / "m.keras")


def test_what_keras_cannot_save_is_refused_with_the_way_out(tmp_path):
    nothing = object()
    model = model_with(lambda_layer(lambda x: -x if nothing else x))
    with pytest.raises(UnsupportedOperationError) as raised:
        save_portable(model, tmp_path / "m.keras")
    assert "Keras cannot save the model, which a bundle holds: " in str(raised.value)
    assert "write ONNX alone with `export_onnx`" in str(raised.value)
    assert export_onnx(model, tmp_path / "m.onnx").is_file()


def test_a_worker_runs_the_lambda_of_its_own_file_alone(tmp_path, monkeypatch):
    own, other = tmp_path / "own.keras", tmp_path / "other.keras"
    save_portable(model_with(lambda_layer(lambda x: x * 2)), own)
    save_portable(model_with(lambda_layer(lambda x: x * 3)), other)
    for name, value in environment_of(own).items():
        monkeypatch.setenv(name, value)
    request = {"golden_folder": str(tmp_path / "golden"), "seed": 0}
    answer = JOBS["prepare"](str(own), **request)
    assert [spec["name"] for spec in answer["signature"]["outputs"]] == ["y"]
    with pytest.raises(ModelFileError, match="Lambda"):
        JOBS["prepare"](str(other), **request)


needs_tensorflow = pytest.mark.skipif(
    not find_spec("tensorflow"), reason="TensorFlow writes the SavedModel"
)


@needs_tensorflow
def test_the_saved_model_of_a_lambda_and_of_a_frameworks_activation_agrees(tmp_path):
    path = {"torch": "nn.functional.gelu"}.get(keras.backend.backend(), "nn.gelu")
    gelu = attrgetter(path)(import_module(keras.backend.backend()))
    model = model_with(lambda_layer(lambda x: x[:, :1] * 2.0 + x), layers.Dense(3, activation=gelu))
    report = export_bundle(model, tmp_path / "bundle").report
    assert report.passed
    assert {"saved_model"} <= {row.runtime for row in report.rows}


def test_a_bundle_of_onnx_alone_holds_any_lambda(tmp_path):
    model = model_with(lambda_layer(lambda x: ops.square(x) * SCALE))
    assert export_bundle(model, tmp_path / "bundle", formats=("onnx",)).report.passed


@needs_tensorflow
def test_a_saved_model_of_what_no_file_can_hold_is_refused(tmp_path):
    model = model_with(lambda_layer(lambda x: ops.square(x) * SCALE))
    with pytest.raises(UnsupportedOperationError, match="it reads 'SCALE', 'ops' of its module"):
        export_bundle(model, tmp_path / "other")
    assert not (tmp_path / "other").exists()
