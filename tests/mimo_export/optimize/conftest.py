"""A bundle with weights large enough to be made smaller, and rows to judge it by."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export import bundle as bundle_module
from mimo_export import runtimes, worker
from mimo_export.bundle import export_bundle
from mimo_export.optimize.task import Score, Task

Arrays = dict[str, np.ndarray[Any, Any]]


def make_model() -> keras.Model:
    """Return a model with an Embedding, an LSTM, a convolution and two heads."""
    keras.utils.set_random_seed(0)
    signal = keras.Input((16, 4), name="signal")
    words = keras.Input((12,), dtype="int32", name="words")
    x = layers.Conv1D(32, 3, activation="relu", name="conv")(signal)
    x = layers.Flatten(name="flat")(layers.MaxPooling1D(2, name="pool")(x))
    y = layers.Embedding(200, 16, name="embedding")(words)
    y = layers.LSTM(16, name="lstm")(y)
    both = layers.Concatenate(name="both")([x, y])
    outputs = {
        "risk": layers.Dense(1, activation="sigmoid", name="risk")(both),
        "kind": layers.Dense(3, activation="softmax", name="kind")(both),
    }
    return keras.Model([signal, words], outputs, name="large")


def make_rows(count: int, seed: int = 1) -> Arrays:
    """Return valid inputs."""
    generator = np.random.default_rng(seed)
    return {
        "signal": generator.normal(0, 1, (count, 16, 4)).astype("float32"),
        "words": generator.integers(0, 200, (count, 12)).astype("int32"),
    }


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bundle; not to be written to."""
    folder = tmp_path_factory.mktemp("large") / "large"
    backend = keras.backend.backend()
    with pytest.MonkeyPatch.context() as patch:
        for module in (bundle_module, runtimes, worker):
            patch.setattr(module, "installed_backends", lambda: (backend,))
        export_bundle(make_model(), folder, formats=("onnx",))
    return folder


@pytest.fixture
def copy(large: Path, tmp_path: Path) -> Path:
    """Give a copy of the bundle that a test may alter."""
    return Path(shutil.copytree(large, tmp_path / "large"))


@pytest.fixture
def task() -> Task:
    """Give rows that are judged by the distance of `risk` from a half, and others to calibrate."""

    def score(outputs: Any, _original: Any) -> list[Score]:
        distance = float(np.abs(outputs["risk"] - 0.5).mean())
        return [Score("risk", "mae", distance, higher_is_better=False)]

    return Task("forty rows", make_rows(40), score, make_rows(40, seed=2))
