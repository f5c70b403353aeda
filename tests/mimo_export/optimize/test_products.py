from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

from mimo_export.optimize.products import rewrite


def model(*, bias: bool = True, **settings: int) -> ModelProto:
    """Return the transposed product of a row of weights and rows of numbers."""
    generator = np.random.default_rng(0)
    weights = [numpy_helper.from_array(generator.normal(size=(1, 9)).astype("float32"), "w")]
    if bias:
        weights.append(numpy_helper.from_array(np.array([0.5], "float32"), "b"))
    nodes = [
        helper.make_node("Gemm", ["w", "x", "b"][: 2 + bias], ["h"], "head/Gemm", **settings),
        helper.make_node("Transpose", ["h"], ["y"], "head/Transpose", perm=[1, 0]),
    ]
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
        for name, size in (("x", 9), ("y", 1))
    )
    graph = helper.make_graph(nodes, "g", [x], [y], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(found: ModelProto) -> np.ndarray:
    session = onnxruntime.InferenceSession(found.SerializeToString())
    x = np.random.default_rng(1).normal(size=(4, 9)).astype("float32")
    return np.asarray(session.run(None, {"x": x})[0])


@pytest.mark.parametrize("bias", [True, False])
def test_a_weight_in_front_goes_behind(bias: bool) -> None:
    before, after = model(bias=bias, transB=1), model(bias=bias, transB=1)
    rewrite(after)
    checker.check_model(after, full_check=True)
    kinds = ["MatMul", "Transpose", "Add", "Transpose"]
    assert [n.op_type for n in after.graph.node] == (kinds if bias else [*kinds[:2], kinds[3]])
    assert after.graph.node[0].input[1] == "head/Gemm/columns"
    assert "w" not in [tensor.name for tensor in after.graph.initializer]
    np.testing.assert_allclose(run(after), run(before), rtol=1e-5)


def test_a_product_with_other_settings_stays() -> None:
    plain = model(bias=False)
    plain.graph.node[0].input[:] = ["x", "columns"]
    plain.graph.node[0].output[:] = ["y"]
    del plain.graph.node[1:]
    plain.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.ones((9, 1), np.float32), "columns")
    )
    checker.check_model(plain, full_check=True)
    for found in (plain, model(transA=1, transB=1)):
        before = found.SerializeToString(deterministic=True)
        rewrite(found)
        assert found.SerializeToString(deterministic=True) == before


def joined(**settings: float) -> ModelProto:
    """Return the product of two joined inputs and one weight."""
    generator = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(generator.normal(size=shape).astype("float32"), name)
        for name, shape in (("w", (12, 2)), ("c", (2,)))
    ]
    nodes = [
        helper.make_node("Concat", ["x", "z"], ["both"], "both", axis=1),
        helper.make_node("Gemm", ["both", "w", "c"], ["y"], "head", **settings),
    ]
    x, z, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
        for name, size in (("x", 9), ("z", 3), ("y", 2))
    )
    graph = helper.make_graph(nodes, "g", [x, z], [y], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_each_part_of_a_joined_input_has_a_product_of_its_own() -> None:
    before, after = joined(), joined()
    rewrite(after)
    checker.check_model(after, full_check=True)
    assert [node.op_type for node in after.graph.node] == ["Gemm", "Gemm", "Add"]
    names = ["c", "head/rows_0", "head/rows_1"]
    assert [tensor.name for tensor in after.graph.initializer] == names
    generator = np.random.default_rng(1)
    feeds = {n: generator.normal(size=(4, k)).astype("float32") for n, k in (("x", 9), ("z", 3))}
    answers = [
        onnxruntime.InferenceSession(found.SerializeToString()).run(None, feeds)[0]
        for found in (before, after)
    ]
    np.testing.assert_allclose(answers[1], answers[0], rtol=1e-5, atol=1e-5)


def test_a_joined_input_of_a_scaled_product_stays() -> None:
    found = joined(alpha=2.0)
    before = found.SerializeToString(deterministic=True)
    rewrite(found)
    assert found.SerializeToString(deterministic=True) == before
