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


def test_a_name_that_is_none_is_told_with_those_that_are(tmp_path):
    done = run(FOLDER / "speed.py", "--out", tmp_path / "out", "forecast", "other")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("there is no other: choose from forecast, medical, ")
    assert not (tmp_path / "out").exists()
