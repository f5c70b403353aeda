"""The command of the speed benchmark, and the figures of an export, on a small model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keras

FOLDER = Path(__file__).parents[2] / "benchmarks"


def run(*words):
    return subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
        check=False,
    )


def test_an_export_is_measured_in_a_process_of_its_own():
    done = run(FOLDER / "speed_export.py", "3")
    found = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, found["name"], found["weight_bytes"]) == (0, "3", 3 * (8 * 8 + 8) * 4)
    assert 0 < found["before_bytes"] <= found["peak_bytes"]


def test_what_is_in_the_folder_is_not_measured_again(tmp_path):
    (tmp_path / "forecast.json").write_text("{}")
    done = run(FOLDER / "speed.py", "--out", tmp_path, "forecast")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["forecast.json"]
