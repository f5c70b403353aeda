from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import onnx
import pytest
from onnx import TensorProto, helper

from mimo_export import tf2onnx_route
from mimo_export.compare import Tolerance
from mimo_export.contract import Signature
from mimo_export.errors import EnvironmentNotReadyError, UnsupportedOperationError
from mimo_export.golden import read_cases
from mimo_export.jobs import prepare
from mimo_export.report import make_report, run_onnx
from mimo_export.worker import Worker
from mimo_portable.specs import TensorSpec

needs_tf2onnx = pytest.mark.skipif(
    importlib.util.find_spec("tf2onnx") is None or importlib.util.find_spec("tensorflow") is None,
    reason="the second opinion needs TensorFlow and tf2onnx",
)


@pytest.fixture(scope="module")
def tensorflow() -> Iterator[Worker]:
    with Worker("tensorflow") as process:
        yield process


@pytest.fixture(scope="module")
def folder(tensorflow: Worker, keras_file: Path, model: keras.Model, tmp_path_factory: Any) -> Path:
    folder = Path(tmp_path_factory.mktemp("tf2onnx"))
    prepared = prepare(model, golden_folder=folder / "golden", seed=0)
    tensorflow.ask(
        "write saved_model",
        source=str(keras_file),
        signature=prepared["signature"],
        folder=str(folder / "saved_model"),
    )
    return folder


SIGNATURE = Signature(
    (TensorSpec("ecg", (16, 1)), TensorSpec("words", (12,), "int32")),
    (TensorSpec("risk", (1,)), TensorSpec("diagnosis", (3,))),
)


@needs_tf2onnx
@pytest.mark.parametrize("opset", [None, 18])
def test_its_file_keeps_the_contract_and_agrees_with_keras(
    tensorflow: Worker, folder: Path, tmp_path: Path, opset: int | None
) -> None:
    path = tmp_path / "model.onnx"
    answer = tensorflow.ask(
        "convert saved_model",
        folder=str(folder / "saved_model"),
        signature=SIGNATURE.to_dict(),
        onnx_path=str(path),
        opset=opset,
    )
    assert list(answer["versions"]) == ["tf2onnx"]
    model = onnx.load(path)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", opset or 17)]
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert list(shapes.items()) == [
        ("ecg", ["batch", 16, 1]),
        ("words", ["batch", 12]),
        ("risk", ["batch", 1]),
        ("diagnosis", ["batch", 3]),
    ]
    cases = read_cases(folder / "golden", SIGNATURE)
    answers = run_onnx(path, cases, SIGNATURE)
    report = make_report(answers, cases, SIGNATURE, Tolerance(), reference="keras")
    assert report.passed, report.failures


def test_an_opset_that_it_cannot_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedOperationError) as caught:
        tf2onnx_route.convert(tmp_path, SIGNATURE, tmp_path / "model.onnx", 21)
    assert str(caught.value) == (
        "tf2onnx cannot write opset 21, only 17 and 18\n"
        "  where:  --via tf2onnx\n"
        "  remedy: leave the opset out, or leave `--via tf2onnx` out"
    )


def test_without_tf2onnx_the_command_that_adds_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(EnvironmentNotReadyError) as caught:
        tf2onnx_route.convert(tmp_path, SIGNATURE, tmp_path / "model.onnx")
    assert caught.value.remedy == "pip install 'mimo-portable[savedmodel]'"


def test_an_output_that_was_left_out_is_refused() -> None:
    values = [helper.make_tensor_value_info("risk", TensorProto.FLOAT, ["unk__1", 1])]
    with pytest.raises(UnsupportedOperationError) as caught:
        tf2onnx_route._reorder(values, SIGNATURE.outputs)
    assert str(caught.value) == (
        "tf2onnx left out 'diagnosis'; it wrote risk\n"
        "  where:  --via tf2onnx\n"
        "  remedy: leave `--via tf2onnx` out: the direct export keeps every input and output"
    )
