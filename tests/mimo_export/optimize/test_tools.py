"""onnxruntime's quantisation tools: what they are given, and what onnxruntime makes of it."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest

from mimo_export.onnx import to_onnx
from mimo_export.optimize import tools

SHAPE = (60, 1)


def small_convolution() -> onnx.ModelProto:
    """Return a model whose convolution has less than 1 KiB of weights, and whose product more."""
    keras.utils.set_random_seed(0)
    x = keras.Input(SHAPE, name="x")
    y = keras.layers.MaxPooling1D(2)(keras.layers.Conv1D(8, 3, activation="relu")(x))
    y = keras.layers.Dense(4)(keras.layers.Flatten()(y))
    return ir.serde.serialize_model(to_onnx(keras.Model(x, y)))


def batches() -> list[dict[str, np.ndarray]]:
    return [{"x": np.random.default_rng(0).normal(size=(8, *SHAPE)).astype("float32")}]


def fine(_path: Path) -> str:
    return ""


def run_operators(path: Path) -> Counter[str]:
    """Return the operators that onnxruntime runs."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path.with_suffix(".run.onnx"))
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return Counter(node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node)


def test_a_small_convolution_computes_in_8_bits_so_that_its_pooling_is_not_the_slow_one(
    tmp_path: Path,
) -> None:
    model = small_convolution()
    kinds = frozenset(tools.computing(model).values())
    assert kinds == {"Conv", "Gemm"}
    attempt = tools.static(model, kinds, batches())
    assert attempt.tried(attempt.types, tmp_path / "small.onnx", fine) == ""
    found = run_operators(tmp_path / "small.onnx")
    assert (found["QLinearConv"], found["NhwcMaxPool"], found["MaxPool"]) == (1, 1, 0)


def test_a_model_whose_weights_are_all_small_computes_nothing_in_8_bits() -> None:
    x = keras.Input(SHAPE, name="x")
    model = keras.Model(x, keras.layers.Conv1D(8, 3)(x))
    assert tools.computing(ir.serde.serialize_model(to_onnx(model))) == {}


def test_a_normalisation_has_no_static_form() -> None:
    assert {"Conv", "Gemm", "MatMul"} <= tools.STATIC
    assert not {"LayerNormalization", "InstanceNormalization"} & tools.STATIC


def test_what_a_tool_fails_with_is_said(tmp_path: Path) -> None:
    def fail(types: object, target: Path) -> None:
        raise KeyError("shape")

    attempt = tools.Attempt(("Conv",), fail)
    why = attempt.tried(("Conv",), tmp_path / "small.onnx", fine)
    assert why == "onnxruntime's tool fails: KeyError: 'shape'"


def test_the_tools_leave_the_users_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handlers = list(logging.getLogger().handlers)
    model = small_convolution()
    attempt = tools.static(model, frozenset({"Gemm"}), batches())
    attempt.tried(attempt.types, tmp_path / "small.onnx", fine)
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger().manager.disable == logging.NOTSET
    assert caplog.records == []
