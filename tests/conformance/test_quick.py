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

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="Keras's tests are skipped least, keep 64 bits and have strings on TensorFlow",
)

# Most of these need nothing besides Keras and TensorFlow; those of dtypes ask JAX for its rules.
OPERATIONS = ("numpy", "nn", "linalg", "-k", "Correctness", "--every", "30")
LAYERS = ("layers/pooling", "layers/reshaping", "layers/rnn", "layers/normalization")


def run(folder, *words):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    tests = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "conformance.run", *words, "--out", str(folder)],
        env={**environment, "PYTHONPATH": tests, "KERAS_BACKEND": keras.backend.backend()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads((folder / "conformance.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("words", "least"),
    [(OPERATIONS, 12), ((*OPERATIONS, "--dynamic"), 12), ((*LAYERS, "--every", "16"), 8)],
    ids=["operations", "operations of dynamic sizes", "layers"],
)
def test_keras_tests_pass(tmp_path, words, least):
    found = run(tmp_path, *words)
    assert [test for test in found["tests"] if test["kind"] == FAILED] == []
    assert found["total"][PASSED] >= least
