"""One exported bundle for all verbs, made by the command line itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec

SPEC = ModelSpec(
    "pulse",
    "A small model.",
    (TensorSpec("pressure", (4,), meaning="systolic", unit="mmHg"),),
    (OutputSpec("class", (3,), labels=("low", "normal", "high")), OutputSpec("risk", (1,))),
)


class CommandLine:
    """Runs `mimo-portable` in a process of its own, as users do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, *words: str | Path, before: str = "") -> subprocess.Popen[str]:
        """Start the command and return at once; `before` is Python that runs in front of it."""
        main = f"{before}\nimport sys\nfrom mimo_portable.cli import main\nsys.exit(main())"
        return subprocess.Popen(
            [sys.executable, "-c", main, *map(str, words)],
            cwd=self.folder,
            env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: str | Path, before: str = "") -> tuple[int, str, str]:
        """Run the command and return its exit code, output and errors."""
        process = self.start(*words, before=before)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err


@pytest.fixture
def run(tmp_path: Path) -> CommandLine:
    """Give the command line, in an empty folder."""
    return CommandLine(tmp_path)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder such as training leaves it."""
    folder = tmp_path_factory.mktemp("trained")
    pressure = keras.Input((4,), name="pressure")
    x = layers.Dense(5, activation="tanh", name="hidden")(layers.Rescaling(0.01)(pressure))
    outputs = {
        "class": layers.Dense(3, activation="softmax", name="class")(x),
        "risk": layers.Dense(1, activation="sigmoid", name="risk")(x),
    }
    keras.Model(pressure, outputs, name="pulse").save(folder / "model.keras")
    (folder / "spec.json").write_text(json.dumps(SPEC.to_dict()))
    (folder / "metrics.json").write_text(json.dumps({"backend": keras.backend.backend()}))
    return folder


@pytest.fixture(scope="session")
def bundle(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bundle with an ONNX file; not to be written to."""
    folder = tmp_path_factory.mktemp("bundles")
    code, _, err = CommandLine(folder)("export", trained, "--format", "onnx", "-o", "pulse")
    assert (code, err) == (0, "")
    return folder / "pulse"


@pytest.fixture
def values() -> Callable[[int], np.ndarray[Any, Any]]:
    """Make valid values of the one input."""
    return lambda rows: np.random.default_rng(0).uniform(60, 200, (rows, 4)).astype("float32")
