"""NaN comes through comparisons, and nothing else changes."""

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from functions import _traced, check_function
from keras import layers, ops

from mimo_export import export_onnx
from mimo_export.passes.nan import NanPass

PLACES = {"first": 0, "middle": 5, "last": 11}
FUNCTIONS = {
    "max": lambda x: ops.max(x, axis=1),
    "min": lambda x: ops.min(x, axis=1, keepdims=True),
    "amax of all": lambda x: ops.amax(x, axis=(1, 2)),
    "amin": lambda x: ops.amin(x, axis=-1),
    "ptp": lambda x: ops.max(x, axis=1) - ops.min(x, axis=1),
    "argmax": lambda x: ops.argmax(x, axis=1),
    "argmin": lambda x: ops.argmin(x, axis=-1, keepdims=True),
    "norm": lambda x: ops.norm(x, ord=np.inf, axis=-1),
    "logsumexp": lambda x: ops.logsumexp(x, axis=1),
}
VALUES = {
    "NaN": [np.nan],
    "infinities": [np.inf, -np.inf],
    "all three": [np.nan, np.inf, -np.inf],
}


def session_of(function, *shape):
    proto = ir.serde.serialize_model(_traced(function, [shape], ["float32"]))
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    return lambda x: session.run(None, {session.get_inputs()[0].name: x})[0]


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_nan_and_infinity_are_where_keras_has_them(function, values):
    in_file = session_of(function, 4, 3)
    for start in PLACES.values():
        x = np.random.default_rng(0).normal(size=(3, 4, 3)).astype("float32")
        for number, value in enumerate(values):
            x[1].reshape(-1)[(start + 5 * number) % 12] = value
        in_keras = keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(x)))
        np.testing.assert_allclose(in_file(x), in_keras, rtol=1e-6)


def test_rows_without_nan_are_as_they_were():
    in_file = session_of(lambda x: ops.max(x, axis=1), 50)
    x = np.random.default_rng(0).normal(size=(3, 50)).astype("float32")
    x[1, 7] = np.nan
    np.testing.assert_array_equal(in_file(x)[[0, 2]], x[[0, 2]].max(axis=1))


def test_two_questions_about_one_tensor_are_one():
    model = check_function(lambda x: [ops.max(x, axis=1), ops.min(x, axis=1)], (5,))
    assert [node.op_type for node in model.graph].count("IsNaN") == 1
    assert not NanPass()(_without_choices(model)).modified


def _without_choices(model):
    """Return an empty model: the pass is for lowered graphs, once."""
    return ir.Model(ir.Graph([], [], nodes=[], opset_imports={"": 17}), ir_version=model.ir_version)


def test_integers_and_what_has_no_nan_are_left_alone():
    model = check_function(lambda x: ops.max(x, axis=1), (5,), dtype="int32", ops=["ReduceMax"])
    assert not NanPass()(model).modified
    kinds = [n.op_type for n in check_function(lambda x: ops.nanmax(x, axis=1), (5,)).graph]
    assert "If" not in kinds
    kinds = [n.op_type for n in check_function(lambda x: ops.logsumexp(x, axis=1), (5,)).graph]
    assert "If" not in kinds


def test_a_pool_between_convolutions_is_left_alone(tmp_path):
    model = keras.Sequential(
        [keras.Input((12, 12, 2)), layers.Conv2D(3, 3, activation="relu"), layers.MaxPooling2D(2)]
    )
    graph = onnx.load(export_onnx(model, tmp_path / "m.onnx")).graph
    assert "If" not in [node.op_type for node in graph.node]


def test_a_window_with_nan_is_nan():
    in_file = session_of(lambda x: ops.max_pool(x, 2, 2), 6, 6, 2)
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 2)).astype("float32")
    x[0, 3, 4, 1] = np.nan
    found = np.argwhere(np.isnan(in_file(x))).tolist()
    assert found == [[0, 1, 2, 1]]
