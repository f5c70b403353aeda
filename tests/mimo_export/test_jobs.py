from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from mimo_export import golden
from mimo_export.contract import Signature
from mimo_export.jobs import JOBS, prepare
from mimo_portable.specs import TensorSpec

SIGNATURE = Signature(
    (TensorSpec("ecg", (16, 1)), TensorSpec("words", (12,), "int32")),
    (TensorSpec("risk", (1,)), TensorSpec("diagnosis", (3,))),
)


def test_prepare_writes_the_onnx_file_and_golden_vectors_and_tells_the_contract(
    model: keras.Model, tmp_path: Path
) -> None:
    onnx_path = tmp_path / "model.onnx"
    told = prepare(model, golden_folder=tmp_path / "golden", seed=0, onnx_path=onnx_path)
    assert Signature.from_dict(told["signature"]) == SIGNATURE
    assert told["limits"] == {"words": 50}
    assert told["refused"] == []
    assert told["precision"] == "float32"
    assert told["backend"] == keras.backend.backend()
    assert told["versions"]["keras"] == keras.__version__
    assert set(told["versions"]) == {"keras", keras.backend.backend()}
    assert onnx_path.stat().st_size > 0
    cases = golden.read_cases(tmp_path / "golden", SIGNATURE)
    assert [len(case.inputs["ecg"]) for case in cases] == [1, 2, 3, 17]
    expected = model([cases[1].inputs["ecg"], cases[1].inputs["words"]])
    for name, array in cases[1].outputs.items():
        wanted = keras.ops.convert_to_numpy(expected[name])
        np.testing.assert_allclose(array, wanted, rtol=1e-5, atol=1e-6)


def test_keras_answers_golden_vectors_from_a_file(
    model: keras.Model, keras_file: Path, tmp_path: Path
) -> None:
    prepare(model, golden_folder=tmp_path / "golden", seed=0)
    JOBS["run keras"](
        source=str(keras_file),
        signature=SIGNATURE.to_dict(),
        golden_folder=str(tmp_path / "golden"),
        answers=str(tmp_path / "answers"),
    )
    for case in golden.read_cases(tmp_path / "golden", SIGNATURE):
        got = golden.read_arrays(tmp_path / "answers" / case.name, "output", SIGNATURE.outputs)
        for name, array in case.outputs.items():
            np.testing.assert_array_equal(got[name], array)


def test_samples_come_from_files(keras_file: Path, tmp_path: Path, inputs: dict[str, Any]) -> None:
    paths = {name: str(tmp_path / f"{name}.npy") for name in inputs}
    for name, array in inputs.items():
        np.save(paths[name], array)
    JOBS["prepare"](
        source=str(keras_file), golden_folder=str(tmp_path / "golden"), samples=paths, seed=0
    )
    for case in golden.read_cases(tmp_path / "golden", SIGNATURE):
        for row in case.inputs["words"]:
            assert any((row == sample).all() for sample in inputs["words"])


def test_a_file_is_described(keras_file: Path) -> None:
    found = JOBS["inspect"](source=str(keras_file))
    assert (found["name"], found["class"]) == ("small", "Functional")
    assert found["layers"]["Embedding"] == 1
