from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mimo_export.optimize import trial as trial_module
from mimo_export.optimize.trial import Trial

DYING = "import os, sys; sys.stdin.readline(); print('some.Error: the cause', file=sys.stderr)"


def test_a_good_file_has_no_problem(large: Path) -> None:
    with Trial(large) as trial:
        assert trial.problem(large / "model.onnx") == ""


def test_a_damaged_file_is_one_that_onnxruntime_cannot_load(large: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    with Trial(large) as trial:
        assert trial.problem(path).startswith("onnxruntime cannot load the file: ")


def test_another_contract_is_a_problem(large: Path, exported: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(exported / "model.onnx", tmp_path))
    with Trial(large) as trial:
        assert trial.problem(path) == "inputs are ecg, words; the contract has signal, words"


def test_a_file_that_ends_the_process_is_told_and_the_next_is_tried(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying.py").write_text(f"{DYING}; os.abort()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = trial_module.Process

    def dying(title: str, _module: str, *words: object) -> object:
        return process(title, "dying", *words)

    with Trial(large) as trial:
        monkeypatch.setattr(trial_module, "Process", dying)
        assert trial.problem(large / "model.onnx") == "it ends onnxruntime: some.Error: the cause"
        monkeypatch.setattr(trial_module, "Process", process)
        assert trial.problem(large / "model.onnx") == ""
