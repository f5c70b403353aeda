"""A recurrent layer that reads large batches in stretches can be had whole again."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from keras import layers

from mimo_export.onnx import to_onnx
from mimo_export.optimize.weights import graphs
from mimo_export.optimize.whole import make_whole


def exported(*outputs: Any) -> onnx.ModelProto:
    x = keras.Input((123, 3), name="x")
    made = [layer(x) for layer in outputs]
    return ir.serde.serialize_model(to_onnx(keras.Model(x, made)))


def ops(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for graph in graphs(model.graph) for node in graph.node]


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
def test_the_answers_stay_and_the_loop_goes(kind: type[keras.Layer]) -> None:
    layer = kind(12, return_state=True, name="recurrent")
    model = exported(layer, layers.LSTM(13, name="other"))
    before = onnxruntime.InferenceSession(model.SerializeToString())
    assert ops(model).count("Loop") == 2
    make_whole(model)
    assert not {"Loop", "Min"} & set(ops(model))
    onnx.checker.check_model(model, full_check=True)
    after = onnxruntime.InferenceSession(model.SerializeToString())
    rng = np.random.default_rng(0)
    for batch in (0, 1, 130):
        rows = {"x": rng.normal(size=(batch, 123, 3)).astype("float32")}
        for a, b in zip(before.run(None, rows), after.run(None, rows), strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


def test_nothing_is_left_that_nobody_reads() -> None:
    model = exported(layers.LSTM(12, name="recurrent"))
    make_whole(model)
    read = {name for graph in graphs(model.graph) for node in graph.node for name in node.input}
    assert {tensor.name for tensor in model.graph.initializer} <= read


def test_a_model_without_stretches_stays_as_it_is() -> None:
    model = exported(layers.LSTM(2, name="recurrent"))
    before = model.SerializeToString()
    make_whole(model)
    assert model.SerializeToString() == before
    whole = exported(layers.LSTM(12, name="recurrent"))
    make_whole(whole)
    once = whole.SerializeToString()
    make_whole(whole)
    assert whole.SerializeToString() == once


def test_rows_of_a_table_are_read_before_the_question() -> None:
    words = keras.Input((9,), dtype="int32", name="words")
    hidden = layers.LSTM(5, name="lstm")(layers.Embedding(40, 8, name="embedding")(words))
    model = ir.serde.serialize_model(to_onnx(keras.Model(words, hidden)))
    before = onnxruntime.InferenceSession(model.SerializeToString())
    assert "Gather" not in [node.op_type for node in model.graph.node]
    make_whole(model)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.index("Transpose") < kinds.index("Gather") < kinds.index("If")
    assert ops(model).count("Gather") == 1
    onnx.checker.check_model(model, full_check=True)
    after = onnxruntime.InferenceSession(model.SerializeToString())
    rows = {"words": np.random.default_rng(0).integers(0, 40, (3, 9)).astype("int32")}
    np.testing.assert_array_equal(after.run(None, rows)[0], before.run(None, rows)[0])
