"""Weights that are stored in 8 bits and computed with in float32."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from mimo_export.optimize.weights import graphs
from mimo_export.optimize.widened import widen

SCALE = np.linspace(-3, 5, 32 * 20, dtype="float32").reshape(32, 20)


def model(kind: str = "MatMul", weight: np.ndarray = SCALE) -> onnx.ModelProto:
    """Return y = x (kind) w."""
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", None])
        for name in ("x", "y")
    ]
    node = helper.make_node(kind, ["x", "w"], ["y"], "node")
    graph = helper.make_graph(
        [node], "g", ends[:1], ends[1:], [numpy_helper.from_array(weight, "w")]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(it: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(it.SerializeToString()).run(None, {"x": x})[0]


def test_a_weight_is_stored_in_8_bits_and_read_within_half_a_step() -> None:
    small = model()
    assert widen(small) == ("MatMul",)
    onnx.checker.check_model(small)
    stored = {t.name: t for t in small.graph.initializer}
    assert stored["w/8bit"].data_type == TensorProto.UINT8
    assert [node.op_type for node in small.graph.node] == ["Cast", "Sub", "Mul", "MatMul"]
    step = (SCALE.max() - SCALE.min()) / 255
    weight = run(small, np.eye(32, dtype="float32"))
    assert 0 < np.abs(weight - SCALE).max() <= 0.501 * step


def test_onnxruntime_folds_it_when_it_loads_the_file(tmp_path: object) -> None:
    small = model()
    widen(small)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = f"{tmp_path}/run.onnx"
    onnxruntime.InferenceSession(small.SerializeToString(), options)
    run_model = onnx.load(options.optimized_model_filepath)
    assert [node.op_type for node in run_model.graph.node] == ["MatMul"]


@pytest.mark.parametrize(
    ("kind", "weight"),
    [("Add", SCALE), ("MatMul", SCALE[:, :4]), ("MatMul", SCALE.astype("float64"))],
    ids=["no product", "small", "not float32"],
)
def test_other_constants_stay(kind: str, weight: np.ndarray) -> None:
    it = model(kind, weight)
    before = it.SerializeToString()
    assert widen(it) == ()
    assert it.SerializeToString() == before


def test_a_weight_of_an_inner_graph_is_widened_there() -> None:
    branch = helper.make_graph(
        [helper.make_node("MatMul", ["x", "inner"], ["z"], "inside")],
        "branch",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(SCALE, "inner")],
    )
    it = model()
    it.graph.node[0].CopyFrom(
        helper.make_node("If", ["yes"], ["y"], "if", then_branch=branch, else_branch=branch)
    )
    it.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.array(True), "yes"))
    assert widen(it) == ("MatMul",)
    outer, *inner = graphs(it.graph)
    assert [node.op_type for node in outer.node] == ["If"]
    assert [[n.op_type for n in g.node] for g in inner] == [["Cast", "Sub", "Mul", "MatMul"]] * 2
    assert run(it, np.eye(32, dtype="float32")).shape == (32, 20)


def test_equal_weights_give_equal_bytes() -> None:
    once, again = model(), model()
    widen(once)
    widen(again)
    assert once.SerializeToString(deterministic=True) == again.SerializeToString(deterministic=True)
