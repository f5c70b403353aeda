"""The SavedModel is written by a TensorFlow worker, whatever backend these tests run on."""

from __future__ import annotations

import errno
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export import golden
from mimo_export.contract import Signature
from mimo_export.errors import UnsupportedOperationError
from mimo_export.jobs import prepare
from mimo_export.worker import Worker

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="a SavedModel is written by TensorFlow"
)

# Neither Keras nor this project: what TensorFlow alone sees.
LOADER = """
import json, sys
import tensorflow as tf
import numpy as np
from tensorflow.core.protobuf import saved_model_pb2
folder = sys.argv[1]
loaded = tf.saved_model.load(folder)
function = loaded.signatures["serving_default"]
feeds = {"ecg": np.full((5, 16, 1), 100, "float32"), "words": np.full((5, 12), 7, "int32")}
outputs = function(**{k: tf.constant(v) for k, v in feeds.items()})
new = {k: v.numpy().tolist() for k, v in outputs.items()}
v1 = tf.compat.v1
with tf.Graph().as_default(), v1.Session() as session:
    endpoint = v1.saved_model.load(session, ["serve"], folder).signature_def["serving_default"]
    fetches = {name: info.name for name, info in endpoint.outputs.items()}
    old = session.run(fetches, {endpoint.inputs[k].name: v for k, v in feeds.items()})
with open(folder + "/saved_model.pb", "rb") as file:
    graphs = saved_model_pb2.SavedModel.FromString(file.read()).meta_graphs
ops = {n.op for g in graphs for f in (g.graph_def, *g.graph_def.library.function)
       for n in (f.node if hasattr(f, "node") else f.node_def)}
specs, made = function.structured_input_signature[1], function.structured_outputs
print(json.dumps({
    "inputs": {k: [v.shape.as_list(), v.dtype.name] for k, v in specs.items()},
    "outputs": {k: [v.shape.as_list(), v.dtype.name] for k, v in made.items()},
    "new": new, "old": {k: v.tolist() for k, v in old.items()}, "ops": sorted(ops),
    "known": all(hasattr(tf.raw_ops, op) for op in ops),
}))
"""


@pytest.fixture(scope="module")
def tensorflow() -> Iterator[Worker]:
    with Worker("tensorflow") as process:
        yield process


@pytest.fixture(scope="module")
def written(
    tensorflow: Worker, keras_file: Path, model: keras.Model, tmp_path_factory: Any
) -> tuple[Path, Signature]:
    folder = tmp_path_factory.mktemp("saved_model")
    prepared = prepare(model, golden_folder=folder / "golden", seed=0)
    tensorflow.ask(
        "write saved_model",
        source=str(keras_file),
        signature=prepared["signature"],
        folder=str(folder / "saved_model"),
    )
    return folder, Signature.from_dict(prepared["signature"])


@pytest.fixture(scope="module")
def seen(written: tuple[Path, Signature]) -> dict[str, Any]:
    """Give what a process with TensorFlow alone finds in the folder."""
    command = [sys.executable, "-c", LOADER, str(written[0] / "saved_model")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_endpoint_has_the_contract_s_names_dtypes_and_a_free_batch(seen: Any) -> None:
    assert seen["inputs"] == {
        "ecg": [[None, 16, 1], "float32"],
        "words": [[None, 12], "int32"],
    }
    assert seen["outputs"] == {
        "risk": [[None, 1], "float32"],
        "diagnosis": [[None, 3], "float32"],
    }


def test_both_loaders_give_what_keras_gives(seen: Any, model: keras.Model) -> None:
    expected = model.predict_on_batch(
        [np.full((5, 16, 1), 100, "float32"), np.full((5, 12), 7, "int32")]
    )
    for loader in ("new", "old"):
        assert set(seen[loader]) == set(expected)
        for name, values in seen[loader].items():
            np.testing.assert_allclose(values, expected[name], rtol=1e-5, atol=1e-5)


def test_it_holds_plain_tensorflow_operations_only(seen: Any) -> None:
    assert seen["known"]
    assert not [op for op in seen["ops"] if "Xla" in op or "PyFunc" in op or "Cudnn" in op]


def test_a_model_and_its_layers_may_be_called_anything(tensorflow: Worker, tmp_path: Path) -> None:
    x = keras.Input((4, 2), name="x")
    tail = layers.LSTM(3, name="größe (2)")(layers.Dense(2, name="1 & 2")(x))
    model = keras.Model(x, layers.Dense(1, name="y")(tail), name="My net")
    model.save(tmp_path / "odd.keras")
    prepared = prepare(model, golden_folder=tmp_path / "golden", seed=0)
    told = {"folder": str(tmp_path / "saved_model"), "signature": prepared["signature"]}
    tensorflow.ask("write saved_model", source=str(tmp_path / "odd.keras"), **told)
    targets = [tmp_path / "new", tmp_path / "old"]
    golden_folder = str(tmp_path / "golden")
    answers = [str(target) for target in targets]
    tensorflow.ask("run saved_model", golden_folder=golden_folder, answers=answers, **told)
    signature = Signature.from_dict(prepared["signature"])
    for case in golden.read_cases(tmp_path / "golden", signature):
        for target in targets:
            got = golden.read_arrays(target / case.name, "output", signature.outputs)
            np.testing.assert_allclose(got["y"], case.outputs["y"], rtol=1e-5, atol=1e-5)


def test_golden_vectors_run_through_both_loaders(
    tensorflow: Worker, written: tuple[Path, Signature], tmp_path: Path
) -> None:
    folder, signature = written
    targets = [tmp_path / "new", tmp_path / "old"]
    answer = tensorflow.ask(
        "run saved_model",
        folder=str(folder / "saved_model"),
        signature=signature.to_dict(),
        golden_folder=str(folder / "golden"),
        answers=[str(target) for target in targets],
    )
    assert answer["problems"] == []
    for case in golden.read_cases(folder / "golden", signature):
        for target in targets:
            got = golden.read_arrays(target / case.name, "output", signature.outputs)
            for name, array in case.outputs.items():
                np.testing.assert_allclose(got[name], array, rtol=1e-5, atol=1e-5)


def test_a_file_that_breaks_the_contract_is_told(
    tensorflow: Worker, written: tuple[Path, Signature], tmp_path: Path
) -> None:
    folder, signature = written
    other = signature.to_dict()
    other["outputs"][1]["shape"] = (4,)
    cases = [
        golden.Case(c.name, c.inputs, {**c.outputs, "diagnosis": np.zeros((1, 4), "float32")})
        for c in golden.read_cases(folder / "golden", signature)[:1]
    ]
    golden.write_cases(tmp_path / "golden", cases, signature)
    targets = [str(tmp_path / "new"), str(tmp_path / "old")]
    answer = tensorflow.ask(
        "run saved_model",
        folder=str(folder / "saved_model"),
        signature=other,
        golden_folder=str(tmp_path / "golden"),
        answers=targets,
    )
    assert answer["problems"] == ["'diagnosis' is [None, 3]; the contract has [None, 4]"]


def test_a_name_that_tensorflow_would_change_is_refused(tensorflow: Worker, tmp_path: Path) -> None:
    x = keras.Input((2,), name="heart-rate")
    model = keras.Model(x, layers.Dense(1, name="y")(x))
    path = tmp_path / "model.keras"
    model.save(path)
    prepared = prepare(model, golden_folder=tmp_path / "golden", seed=0)
    with pytest.raises(UnsupportedOperationError) as caught:
        tensorflow.ask(
            "write saved_model",
            source=str(path),
            signature=prepared["signature"],
            folder=str(tmp_path / "saved_model"),
        )
    assert str(caught.value) == (
        "the name 'heart-rate' is none that a SavedModel can keep\n"
        "  where:  the model's inputs\n"
        "  remedy: name it with letters, digits and underscores, or export to ONNX alone "
        "(--format onnx)"
    )


def test_a_disk_that_takes_no_more_is_told_as_one(
    keras_file: Path, written: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enough for the copy of the weights that is checked, too little for the graph.
    size = (written[0] / "saved_model" / "saved_model.pb").stat().st_size - 1
    assert size > keras_file.stat().st_size
    limit = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({size}, r.RLIM_INFINITY))"
    (tmp_path / "limited.py").write_text(limit)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = str(tmp_path / "saved_model")
    with (
        Worker("tensorflow", ["limited"]) as process,
        pytest.raises(OSError, match="File too large") as caught,
    ):
        process.ask(
            "write saved_model",
            source=str(keras_file),
            signature=written[1].to_dict(),
            folder=folder,
        )
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, folder)


PYTHON_LAYER = """
import keras, numpy as np
@keras.saving.register_keras_serializable("python_layer")
class InPython(keras.layers.Layer):
    def call(self, x):
        if keras.backend.backend() != "tensorflow":
            return x
        import tensorflow as tf
        return tf.ensure_shape(tf.numpy_function(lambda a: a, [x], "float32"), x.shape)
    def compute_output_shape(self, shape):
        return shape
"""


def test_python_code_in_the_graph_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python_layer.py").write_text(PYTHON_LAYER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    make = (
        "import keras, python_layer, sys\n"
        "x = keras.Input((2,), name='x')\n"
        "keras.Model(x, python_layer.InPython(name='y')(x)).save(sys.argv[1])\n"
    )
    path = tmp_path / "model.keras"
    subprocess.run([sys.executable, "-c", make, str(path)], check=True, capture_output=True)
    spec = {"shape": (2,), "dtype": "float32"}
    signature = {"inputs": [{"name": "x", **spec}], "outputs": [{"name": "y", **spec}]}
    with (
        Worker("tensorflow", ["python_layer"]) as process,
        pytest.raises(UnsupportedOperationError) as caught,
    ):
        process.ask(
            "write saved_model",
            source=str(path),
            signature=signature,
            folder=str(tmp_path / "saved_model"),
        )
    assert caught.value.what == (
        "the SavedModel would hold 'PyFunc', which is not a plain TensorFlow operation"
    )
    assert caught.value.where.startswith("node '")
