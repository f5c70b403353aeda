from __future__ import annotations

from collections import Counter
from pathlib import Path

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from mimo_export.errors import InputError
from mimo_export.onnx import to_onnx
from mimo_export.optimize import int8, tools
from mimo_export.optimize.trial import Trial
from mimo_export.optimize.weights import graphs, kept


def rows() -> list[dict[str, np.ndarray]]:
    generator = np.random.default_rng(1)
    return [
        {
            "signal": generator.normal(0, 1, (8, 16, 4)).astype("float32"),
            "words": generator.integers(0, 200, (8, 12)).astype("int32"),
        }
    ]


def operators(path: Path) -> Counter[str]:
    return Counter(node.op_type for g in graphs(onnx.load(path).graph) for node in g.node)


def fine(_path: Path) -> str:
    return ""


def without(kind: str) -> tools.Problem:
    def problem(path: Path) -> str:
        return f"there is no {kind}" if kind in operators(path) else ""

    return problem


def test_dynamic_weights_have_8_bits_inside_of_an_if_too(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.onnx"
    with Trial(large) as trial:
        left = int8.dynamic(onnx.load(large / "model.onnx"), target, trial.problem)
    assert left == ("arithmetic of Conv",)
    found = operators(target)
    assert (found["DynamicQuantizeLSTM"], found["Conv"], found["MatMulInteger"]) == (1, 1, 2)
    assert found["If"] == 1
    assert kept(onnx.load(target)) == ()
    assert target.stat().st_size < 0.5 * (large / "model.onnx").stat().st_size


def test_static_weights_have_8_bits_and_the_lstm_is_dynamic(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.onnx"
    with Trial(large) as trial:
        assert int8.static(onnx.load(large / "model.onnx"), target, trial.problem, rows()) == ()
    found = operators(target)
    assert (found["DynamicQuantizeLSTM"], found["ConvInteger"], found["MatMulInteger"]) == (1, 0, 0)
    assert found["QuantizeLinear"] > 2
    assert found["Softmax"] == found["Sigmoid"] == 1
    assert kept(onnx.load(target)) == ()


@pytest.mark.parametrize("form", ["dynamic", "static"])
def test_a_recurrent_layer_that_reads_in_stretches_gets_8_bits_whole(
    tmp_path: Path, form: str
) -> None:
    x = keras.Input((123, 3), name="x")
    model = ir.serde.serialize_model(to_onnx(keras.Model(x, keras.layers.LSTM(12)(x))))
    target = tmp_path / "small.onnx"
    if form == "dynamic":
        assert int8.dynamic(model, target, fine) == ()
    else:
        assert int8.static(model, target, fine, [{"x": np.ones((2, 123, 3), "float32")}]) == ()
    found = operators(target)
    assert (found["DynamicQuantizeLSTM"], found["LSTM"], found["Loop"]) == (1, 0, 0)


def test_what_onnxruntime_cannot_run_computes_in_float32(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.onnx"
    model = onnx.load(large / "model.onnx")
    assert int8.dynamic(model, target, without("MatMulInteger")) == (
        "arithmetic of Conv, MatMul",
        "MatMul: there is no MatMulInteger",
    )
    assert operators(target)["DynamicQuantizeLSTM"] == 1
    assert kept(onnx.load(target)) == ()


def test_what_cannot_be_widened_either_stays(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.onnx"
    refused = int8.dynamic(onnx.load(large / "model.onnx"), target, without("Sub"))
    assert refused == ("Conv: there is no Sub",)
    assert operators(target)["DynamicQuantizeLSTM"] == 1
    assert kept(onnx.load(target)) == ("1 Conv (2 KB)",)


@pytest.mark.parametrize("form", ["dynamic", "static"])
def test_a_layer_without_an_8_bit_form_has_8_bit_weights(tmp_path: Path, form: str) -> None:
    x = keras.Input((20, 8), name="x")
    model = ir.serde.serialize_model(to_onnx(keras.Model(x, keras.layers.GRU(48)(x))))
    target = tmp_path / "small.onnx"
    batch = np.random.default_rng(0).normal(size=(3, 20, 8)).astype("float32")
    if form == "dynamic":
        left = int8.dynamic(model, target, fine)
    else:
        left = int8.static(model, target, fine, [{"x": batch}])
    assert left == ("arithmetic of GRU",)
    assert target.stat().st_size < 0.5 * model.ByteSize()
    before, after = (
        onnxruntime.InferenceSession(m).run(None, {"x": batch})[0]
        for m in (model.SerializeToString(), target.read_bytes())
    )
    np.testing.assert_allclose(after, before, atol=0.02)
    assert np.abs(after - before).max() > 0


def test_an_lstm_that_does_not_work_leaves_the_static_file(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.onnx"
    model = onnx.load(large / "model.onnx")
    refused = int8.static(model, target, without("DynamicQuantizeLSTM"), rows())
    assert refused == ("arithmetic of LSTM", "LSTM: there is no DynamicQuantizeLSTM")
    found = operators(target)
    assert found["QuantizeLinear"] > 2
    assert found["LSTM"] == 1
    assert kept(onnx.load(target)) == ()


def test_a_tool_that_fails_leaves_its_operators(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tools.quantize_dynamic

    def failing(*words: object, op_types_to_quantize: list[str], **options: object) -> None:
        if "LSTM" in op_types_to_quantize:
            raise AttributeError("no dims")
        tool(*words, op_types_to_quantize=op_types_to_quantize, **options)

    monkeypatch.setattr(tools, "quantize_dynamic", failing)
    model = onnx.load(large / "model.onnx")
    assert int8.dynamic(model, tmp_path / "small.onnx", fine) == (
        "arithmetic of Conv, LSTM",
        "LSTM: onnxruntime's tool fails: AttributeError: no dims",
    )


def test_a_model_of_which_nothing_works_is_refused(large: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        int8.dynamic(onnx.load(large / "model.onnx"), tmp_path / "s.onnx", lambda _: "no kernel")
    assert str(caught.value) == (
        "nothing in the model has an 8-bit form that onnxruntime can run: no kernel\n"
        "  where:  operators with weights: Conv, Gather, Gemm, LSTM, MatMul\n"
        "  remedy: choose another --precision; float16 has a form for every weight"
    )


def product(*weights: TensorProto) -> onnx.ModelProto:
    """Return (x * w) * transposed(x * w)."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"], "weighted"),
        helper.make_node("Transpose", ["h"], ["t"], "turn", perm=[1, 0]),
        helper.make_node("MatMul", ["h", "t"], ["y"], "computed"),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
        for name, size in (("x", 20), ("y", "batch"))
    ]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_a_model_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        int8.static(product(), tmp_path / "s.onnx", fine, [])
    assert str(caught.value) == (
        "nothing in the model has an 8-bit form that onnxruntime can run: no operator has weights "
        "that its tools know\n  where:  operators with weights: none\n"
        "  remedy: choose another --precision; float16 has a form for every weight"
    )


def test_a_product_of_two_computed_tensors_stays_in_float32(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(20, 20)).astype("float32")
    batch = np.random.default_rng(1).normal(size=(8, 20)).astype("float32")
    target = tmp_path / "small.onnx"
    model = product(numpy_helper.from_array(values, "w"))
    int8.static(model, target, fine, [{"x": batch}])
    made_by = {node.output[0]: node for node in onnx.load(target).graph.node}
    (computed,) = (n for n in made_by.values() if n.name == "computed")
    (weighted,) = (n for n in made_by.values() if n.name == "weighted")
    assert made_by[weighted.input[1]].op_type == "DequantizeLinear"
    assert made_by[computed.input[0]].op_type == "MatMul"
