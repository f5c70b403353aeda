"""The same file from all three backends, whatever the model."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BACKENDS = ("jax", "torch", "tensorflow")
PROGRAM = Path(__file__).with_name("parity_models.py")

pytestmark = [
    pytest.mark.parity,
    pytest.mark.skipif(
        any(importlib.util.find_spec(backend) is None for backend in BACKENDS),
        reason="all three backends must be installed: run nox -s parity",
    ),
]


@pytest.fixture(scope="module")
def hashes(tmp_path_factory):
    found = {}
    for backend in BACKENDS:
        folder = tmp_path_factory.mktemp(backend)
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(folder)],
            env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.PIPE,
            check=True,
        )
        found[backend] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_every_file_has_one_sha256_whichever_backend_exported_it(hashes, backend):
    files = [name for name in hashes["jax"] if name.endswith(".onnx")]
    assert (len(files), len(hashes["jax"]) > 450) == (11, True)
    assert hashes[backend] == hashes["jax"]
