"""The file is what protobuf would write, and takes no second copy of the weights to write."""

import subprocess
import sys

import ml_dtypes
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest

from mimo_export import onnx_file
from mimo_export.onnx_file import check_onnx, write_onnx

DTYPES = ("float32", "float64", "float16", "int64", "int32", "uint8", "bool", ml_dtypes.bfloat16)


def sum_of_weights(*, rows=40, dtypes=DTYPES):
    """Return y = x + w for a weight of each dtype, the first larger than the others."""
    rng = np.random.default_rng(0)
    inputs, nodes, outputs, initializers = [], [], [], []
    for number, dtype in enumerate(dtypes):
        array = rng.integers(0, 2, (rows if number else 3 * rows, 40)).astype(dtype)
        tensor = ir.LazyTensor(
            lambda array=array: ir.Tensor(array),
            dtype=ir.DataType.from_numpy(array.dtype),
            shape=ir.Shape(array.shape),
            name=f"w{number}",
        )
        weight = ir.Value(
            name=f"w{number}",
            shape=tensor.shape,
            type=ir.TensorType(tensor.dtype),
            const_value=tensor,
        )
        x = ir.Value(name=f"x{number}", shape=ir.Shape(["n", 40]), type=weight.type)
        node = ir.node("Concat", [x, weight], {"axis": 0})
        node.outputs[0].name = f"y{number}"
        node.outputs[0].shape, node.outputs[0].type = ir.Shape(["m", 40]), weight.type
        inputs.append(x)
        nodes.append(node)
        outputs.append(node.outputs[0])
        initializers.append(weight)
    graph = ir.Graph(
        inputs, outputs, nodes=nodes, initializers=initializers, opset_imports={"": 17}, name="g"
    )
    return ir.Model(graph, ir_version=8, producer_name="test", metadata_props={"a": "b", "c": "d"})


def test_the_bytes_are_those_that_protobuf_writes(tmp_path):
    model = sum_of_weights()
    path = write_onnx(model, tmp_path / "m.onnx")
    whole = ir.serde.serialize_model(model).SerializeToString(deterministic=True)
    assert path.read_bytes() == whole
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]


def test_writing_leaves_the_model_as_it_was(tmp_path):
    model = sum_of_weights()
    first = write_onnx(model, tmp_path / "first.onnx").read_bytes()
    assert write_onnx(model, tmp_path / "second.onnx").read_bytes() == first


def test_beyond_protobufs_limit_the_weights_are_in_one_file_beside_it(tmp_path, monkeypatch):
    model = sum_of_weights(dtypes=DTYPES[:5])
    whole = ir.serde.serialize_model(model)
    monkeypatch.setattr(onnx_file, "LIMIT", whole.ByteSize() - 1)
    path = write_onnx(model, tmp_path / "m.onnx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.onnx", "m.onnx.data"]
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        assert entries["location"] == "m.onnx.data"
        assert int(entries["offset"]) % 4096 == 0
    onnx.checker.check_model(str(path), full_check=True)
    loaded = onnx.load(path)
    for found, wanted in zip(loaded.graph.initializer, whole.graph.initializer, strict=True):
        np.testing.assert_array_equal(
            onnx.numpy_helper.to_array(found), onnx.numpy_helper.to_array(wanted)
        )
    session = onnxruntime.InferenceSession(path)
    ones = {f"x{i}": np.ones((1, 40), dtype) for i, dtype in enumerate(DTYPES[:5])}
    for i, (y, tensor) in enumerate(
        zip(session.run(None, ones), whole.graph.initializer, strict=True)
    ):
        weight = onnx.numpy_helper.to_array(tensor)
        np.testing.assert_array_equal(y, np.concatenate([ones[f"x{i}"], weight]))


def test_at_the_limit_it_is_still_one_file(tmp_path, monkeypatch):
    model = sum_of_weights()
    monkeypatch.setattr(onnx_file, "LIMIT", ir.serde.serialize_model(model).ByteSize())
    write_onnx(model, tmp_path / "m.onnx")
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]


def test_a_file_that_cannot_be_replaced_leaves_the_old_one(tmp_path, monkeypatch):
    path = write_onnx(sum_of_weights(), tmp_path / "model.onnx")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_onnx(sum_of_weights(rows=50), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]


def test_the_checker_sees_what_is_wrong_with_large_weights():
    model = sum_of_weights(dtypes=("float32",))
    check_onnx(model)
    model.graph.node(0).outputs[0].shape = ir.Shape(["m", 41])
    with pytest.raises(onnx.shape_inference.InferenceError):
        check_onnx(model)


MEASURE = """
import resource, sys
from pathlib import Path
import keras
from mimo_export.single_file import export_onnx

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

x = keras.Input((1,), dtype="int32", name="x")
small = keras.Model(x, keras.layers.Embedding(4, 2, name="table")(x))
export_onnx(small, Path(sys.argv[1]) / "small.onnx", verify=False)
table = keras.layers.Embedding(2**17, 2**9, embeddings_initializer="ones", name="table")
model = keras.Model(x, table(x))
before = peak()
export_onnx(model, Path(sys.argv[1]) / "large.onnx", verify=False)
print(peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts KiB as Linux does")
def test_an_export_takes_no_memory_of_the_size_of_the_weights(tmp_path):
    """256 MiB of weights; protobuf alone would hold them three times."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert (tmp_path / "large.onnx").stat().st_size > 2**28
    assert int(run.stdout.split()[-1]) < 100 * 1024
