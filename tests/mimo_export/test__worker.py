from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

STUB = """
import importlib.util, os, sys, types
def answer(x):
    print("printed by a framework")
    os.system("echo printed by its child")
    return {"x": x}
def seen():
    return {name: importlib.util.find_spec(name) is not None for name in ("json", "pandas", "jax")}
at_start = seen()
jobs = {"answer": answer, "start": lambda: at_start, "later": seen}
sys.modules["mimo_export.jobs"] = types.SimpleNamespace(JOBS=jobs)
"""


def talk(
    folder: Path, *requests: dict[str, Any], module: str = "json", backend: str = "torch"
) -> Any:
    (folder / "keras.py").write_text(STUB)
    for name in ("pandas", "jax"):
        (folder / f"{name}.py").write_text("")
    return subprocess.run(
        [sys.executable, "-m", "mimo_export._worker", module],
        input="".join(json.dumps(request) + "\n" for request in requests),
        env={**os.environ, "PYTHONPATH": str(folder), "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )


def test_answers_are_lines_of_json_and_all_else_goes_to_the_log(tmp_path: Path) -> None:
    requests = [{"job": "answer", "arguments": {"x": x}} for x in (1, "zwei")]
    done = talk(tmp_path, *requests)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"result": {"x": 1}},
        {"result": {"x": "zwei"}},
    ]
    for text in ("printed by a framework", "printed by its child"):
        assert done.stderr.count(text) == 2
    assert done.returncode == 0


def test_closed_input_ends_the_process_without_a_word(tmp_path: Path) -> None:
    done = talk(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_module_that_is_missing_is_an_answer_too(tmp_path: Path) -> None:
    done = talk(tmp_path, {"job": "answer", "arguments": {"x": 1}}, module="nowhere")
    assert json.loads(done.stdout) == {
        "error": {
            "type": "ModelFileError",
            "what": "the module 'nowhere' cannot be imported: No module named 'nowhere'",
            "where": "--import",
            "remedy": "run the command from the folder that holds it, or install it",
        }
    }


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_what_no_job_needs_is_hidden_while_keras_is_imported(tmp_path: Path, backend: str) -> None:
    requests = [{"job": job, "arguments": {}} for job in ("start", "later")]
    start, later = talk(tmp_path, *requests, backend=backend).stdout.splitlines()
    expected = {"json": True, "pandas": False, "jax": backend == "jax"}
    assert json.loads(start) == {"result": expected}
    assert json.loads(later) == {"result": {"json": True, "pandas": True, "jax": True}}
