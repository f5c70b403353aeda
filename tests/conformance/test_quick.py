"""A fixed part of Keras's own tests, in a process of its own: pytest cannot run inside pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
from conformance.outcomes import FAILED, PASSED
from conformance.suites import ACTIVATIONS, LAYERS, OPERATIONS

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="Keras's tests are skipped least, keep 64 bits and have strings on TensorFlow",
)


def run(folder, *words):
    tests = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "conformance.run", *words, "--out", str(folder)],
        env={**os.environ, "PYTHONPATH": tests, "KERAS_BACKEND": keras.backend.backend()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads((folder / "conformance.json").read_text(encoding="utf-8"))


def test_operations_do_what_keras_tests_of_them(tmp_path):
    found = run(tmp_path, *OPERATIONS, ACTIVATIONS, "--every", "150")
    assert [test for test in found["tests"] if test["kind"] == FAILED] == []
    assert found["total"][PASSED] > 20


def test_layers_do_what_they_do_in_keras_tests_of_them(tmp_path):
    found = run(tmp_path, *LAYERS, "--every", "40")
    assert [test for test in found["tests"] if test["kind"] == FAILED] == []
    assert found["total"][PASSED] > 10
