"""A bundle is laid out as model servers want it, and their own readers take it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from google.protobuf import text_format
from keras import layers

from mimo_export import export_bundle, serving
from mimo_export.errors import BundleError, InputError
from mimo_export.onnx_runtime import OnnxModel
from mimo_export.serving import write_layout

CONFIG = """name: "small"
backend: "onnxruntime"
max_batch_size: 256
dynamic_batching { }
input {
  name: "ecg"
  data_type: TYPE_FP32
  dims: [16, 1]
}
input {
  name: "words"
  data_type: TYPE_INT32
  dims: [12]
}
output {
  name: "risk"
  data_type: TYPE_FP32
  dims: [1]
}
output {
  name: "diagnosis"
  data_type: TYPE_FP32
  dims: [3]
}
"""


def awkward(folder: Path) -> Path:
    """Return a bundle with a free length, a name in need of quoting and an output of no shape."""
    x = keras.Input((None, 2), name="größe 1")
    total = layers.Reshape((), name="total")(layers.Dense(1)(layers.GlobalMaxPooling1D()(x)))
    model = keras.Model(x, {"total": total, "each": layers.Dense(3, name="each")(x)}, name="My net")
    model.save(folder / "m.keras")
    export_bundle(folder / "m.keras", folder / "bundle", formats=("onnx",))
    return folder / "bundle"


def test_a_repository_for_triton(exported: Path, tmp_path: Path) -> None:
    assert write_layout(exported, "triton", tmp_path / "repository") == (
        "small/1/model.onnx",
        "small/config.pbtxt",
    )
    folder = tmp_path / "repository" / "small"
    assert (folder / "config.pbtxt").read_text(encoding="utf-8") == CONFIG
    assert (folder / "1" / "model.onnx").read_bytes() == (exported / "model.onnx").read_bytes()


def test_triton_is_told_of_free_sizes_and_of_none(tmp_path: Path) -> None:
    write_layout(awkward(tmp_path), "triton", tmp_path / "repository")
    text = (tmp_path / "repository" / "my_net" / "config.pbtxt").read_text(encoding="utf-8")
    assert 'name: "gr\\303\\266\\303\\237e 1"' in text
    assert "  dims: [-1, 2]\n" in text
    assert '  name: "total"\n  data_type: TYPE_FP32\n  dims: [1]\n  reshape { shape: [] }' in text


def test_tritons_own_messages_read_the_config(exported: Path, tmp_path: Path) -> None:
    model_config_pb2 = pytest.importorskip("tritonclient.grpc.model_config_pb2")
    for number, bundle in enumerate((exported, awkward(tmp_path))):
        write_layout(bundle, "triton", tmp_path / str(number))
        (path,) = (tmp_path / str(number)).glob("*/config.pbtxt")
        config = text_format.Parse(path.read_text(encoding="utf-8"), model_config_pb2.ModelConfig())
        assert config.name == path.parent.name
        graph = onnx.load(path.parent / "1" / "model.onnx").graph
        assert [tensor.name for tensor in config.input] == [value.name for value in graph.input]
        assert [tensor.name for tensor in config.output] == [value.name for value in graph.output]


def test_an_mlflow_model_has_the_signature(exported: Path, tmp_path: Path) -> None:
    names = write_layout(exported, "mlflow", tmp_path / "model")
    assert names == ("MLmodel", "model.onnx", "python_env.yaml", "requirements.txt")
    document = json.loads((tmp_path / "model" / "MLmodel").read_text(encoding="utf-8"))
    assert json.loads(document["signature"]["inputs"]) == [
        {
            "name": "ecg",
            "type": "tensor",
            "tensor-spec": {"dtype": "float32", "shape": [-1, 16, 1]},
        },
        {"name": "words", "type": "tensor", "tensor-spec": {"dtype": "int32", "shape": [-1, 12]}},
    ]
    assert document["flavors"]["python_function"]["loader_module"] == "mlflow.onnx"


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # MLflow's own
def test_mlflow_loads_and_predicts(exported: Path, tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    write_layout(exported, "mlflow", tmp_path / "model")
    inputs = {"ecg": np.ones((2, 16, 1), "float32"), "words": np.ones((2, 12), "int32")}
    found = mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(inputs)
    wanted = OnnxModel(exported / "model.onnx").run(inputs)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="tensorflow is not installed"
)
def test_tensorflow_reads_its_folder(keras_file: Path, tmp_path: Path) -> None:
    import tensorflow as tf

    export_bundle(keras_file, tmp_path / "bundle", formats=("onnx", "saved_model"))
    write_layout(tmp_path / "bundle", "tensorflow-serving", tmp_path / "models")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["small"]
    loaded = tf.saved_model.load(str(tmp_path / "models" / "small" / "1"))
    outputs = loaded.signatures["serving_default"].structured_outputs
    assert set(outputs) == {"risk", "diagnosis"}


def test_the_same_bundle_gives_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    for layout in ("triton", "mlflow"):
        found = []
        for number in (1, 2):
            folder = tmp_path / f"{layout}{number}"
            names = write_layout(exported, layout, folder)
            found.append([(folder / name).read_bytes() for name in names])
        assert found[0] == found[1]


def test_what_is_missing_is_refused_before_anything_is_written(
    exported: Path, tmp_path: Path
) -> None:
    with pytest.raises(BundleError) as raised:
        write_layout(exported, "tensorflow-serving", tmp_path / "models")
    assert str(raised.value) == (
        f"there is no saved_model in the bundle\n  where:  {exported}\n"
        "  remedy: export the model again with --format saved_model"
    )
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BundleError, match="which is not overwritten"):
        write_layout(exported, "triton", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_unknown_layout_and_an_altered_bundle_are_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose from triton, tensorflow-serving, mlflow"):
        write_layout(bundle, "seldon", tmp_path / "x")
    (bundle / "README.md").write_text("?", encoding="utf-8")
    with pytest.raises(BundleError, match=r"README\.md was altered"):
        write_layout(bundle, "triton", tmp_path / "x")


def test_every_dtype_of_a_contract_has_a_name_in_triton() -> None:
    assert set(serving._TRITON) >= {"bool", "string", "bfloat16", "uint8", "int64", "float64"}


def test_a_fixed_batch_is_a_whole_shape_for_triton_and_mlflow(
    fixed_batch: Path, tmp_path: Path
) -> None:
    write_layout(fixed_batch, "triton", tmp_path / "triton")
    config = (tmp_path / "triton" / "one" / "config.pbtxt").read_text()
    assert "max_batch_size: 0\n" in config
    assert "dynamic_batching" not in config
    assert [line for line in config.splitlines() if "dims" in line] == [
        "  dims: [1, 6]",
        "  dims: [-1, 6]",
        "  dims: [2, 2]",
        "  dims: [-1, 6]",
    ]
    write_layout(fixed_batch, "mlflow", tmp_path / "mlflow")
    described = json.loads((tmp_path / "mlflow" / "MLmodel").read_text())["signature"]
    shapes = [item["tensor-spec"]["shape"] for item in json.loads(described["inputs"])]
    assert shapes == [[1, 6], [-1, 6]]
