from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mimo_export.contract import Signature
from mimo_export.errors import BundleError
from mimo_export.onnx_runtime import OnnxModel
from mimo_portable.specs import TensorSpec

SIGNATURE = Signature(
    (TensorSpec("x", (3,)), TensorSpec("ids", ("words",), "int32")), (TensorSpec("y", (3,)),)
)


def save(path: Path, *inputs: onnx.ValueInfoProto, output: str = "y") -> OnnxModel:
    nodes = [helper.make_node("Identity", ["x"], [output])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", 3])]
    graph = helper.make_graph(nodes, "g", list(inputs), outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return OnnxModel(path)


X = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
IDS = helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "words"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def test_a_file_that_keeps_the_contract_has_no_problems_and_runs_by_name(path: Path) -> None:
    model = save(path, X, IDS)
    assert model.contract_problems(SIGNATURE) == ()
    x = np.ones((2, 3), "float32")
    outputs = model.run({"ids": np.zeros((2, 4), "int32"), "x": x})
    assert list(outputs) == ["y"]
    np.testing.assert_array_equal(outputs["y"], x)


def test_another_order_of_inputs_is_a_problem(path: Path) -> None:
    problems = save(path, IDS, X).contract_problems(SIGNATURE)
    assert problems == ("inputs are ids, x; the contract has x, ids",)


def test_another_name_of_an_output_is_a_problem(path: Path) -> None:
    problems = save(path, X, IDS, output="z").contract_problems(SIGNATURE)
    assert problems == ("outputs are z; the contract has y",)


def test_another_dtype_a_fixed_batch_and_another_size_are_problems(path: Path) -> None:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", 5])
    assert save(path, x, ids).contract_problems(SIGNATURE) == (
        "'x' has no free batch: its shape is [2, 3]",
        "'ids' is tensor(int64); the contract has tensor(int32)",
        "'ids' is [5]; the contract has ('words',)",
        "'y' has no free batch: its shape is [2, 3]",
    )


def test_a_file_that_is_no_onnx_is_refused(path: Path) -> None:
    path.write_bytes(b"nothing")
    with pytest.raises(BundleError) as caught:
        OnnxModel(path)
    assert caught.value.what.startswith("onnxruntime cannot load the file: ")
    assert caught.value.where == str(path)


def test_a_failure_while_computing_names_the_inputs(path: Path) -> None:
    model = save(path, X, IDS)
    with pytest.raises(BundleError) as caught:
        model.run({"x": np.ones((2, 4), "float32"), "ids": np.zeros((2, 4), "int32")})
    assert caught.value.what.startswith("onnxruntime cannot run the file: ")
    assert caught.value.where == "on x float32[2, 4], ids int32[2, 4]"


def test_bfloat16_goes_in_and_comes_out(path: Path) -> None:
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.BFLOAT16, ["batch", 3]) for name in "xy"
    ]
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    graph = helper.make_graph(nodes, "g", tensors[:1], tensors[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    x = np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16)
    (y,) = OnnxModel(path).run({"x": x}).values()
    assert (y.dtype, y.shape) == (x.dtype, x.shape)
    np.testing.assert_array_equal(y.astype("float32"), x.astype("float32"))
