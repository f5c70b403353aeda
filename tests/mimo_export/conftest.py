"""A small model with two inputs and two outputs, its file, and its bundle, each made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export import bundle as bundle_module
from mimo_export import runtimes, worker
from mimo_export.bundle import export_bundle


def make_model() -> keras.Model:
    """Return a model from `ecg` [batch, 16, 1] and token ids `words` [batch, 12] to two heads."""
    keras.utils.set_random_seed(0)
    ecg = keras.Input((16, 1), name="ecg")
    words = keras.Input((12,), dtype="int32", name="words")
    x = layers.Rescaling(1 / 20, -5.0, name="scale")(ecg)
    x = layers.Flatten(name="flat")(layers.Conv1D(4, 3, activation="relu", name="conv")(x))
    y = layers.Embedding(50, 3, name="embedding")(words)
    y = layers.GlobalMaxPooling1D(name="pool")(y)
    both = layers.Concatenate(name="both")([x, y])
    outputs = {
        "risk": layers.Dense(1, activation="sigmoid", name="risk")(both),
        "diagnosis": layers.Dense(3, activation="softmax", name="diagnosis")(both),
    }
    return keras.Model([ecg, words], outputs, name="small")


def make_inputs(batch: int) -> dict[str, np.ndarray]:
    """Return valid inputs of the small model."""
    generator = np.random.default_rng(1)
    return {
        "ecg": generator.normal(100, 20, (batch, 16, 1)).astype("float32"),
        "words": generator.integers(0, 50, (batch, 12)).astype("int32"),
    }


@pytest.fixture(scope="session")
def model() -> keras.Model:
    """Give the small model."""
    return make_model()


@pytest.fixture(scope="session")
def keras_file(model: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the small model's `.keras` file; not to be written to."""
    path = tmp_path_factory.mktemp("keras") / "small.keras"
    model.save(path)
    return path


@pytest.fixture(scope="session")
def exported(keras_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bundle with an ONNX file; not to be written to."""
    folder = tmp_path_factory.mktemp("bundles") / "small"
    export_bundle(keras_file, folder, formats=("onnx",))
    return folder


@pytest.fixture(scope="session")
def fixed_batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bundle of a model for one row, with a reshape that holds for one row alone."""
    x, many = keras.Input(batch_shape=(1, 6), name="x"), keras.Input((6,), name="many")
    rows = layers.Dense(2, name="dense")(keras.ops.reshape(x, (2, 3)))
    model = keras.Model([x, many], {"rows": rows, "sum": x + many}, name="one")
    folder = tmp_path_factory.mktemp("bundles") / "fixed"
    export_bundle(model, folder, formats=("onnx",))
    return folder


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    """Give a copy of the bundle that a test may damage."""
    return Path(shutil.copytree(exported, tmp_path / "small"))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make this process's backend the only one that is installed, and give its name."""
    backend = keras.backend.backend()
    for module in (bundle_module, runtimes, worker):
        monkeypatch.setattr(module, "installed_backends", lambda: (backend,))
    return str(backend)


@pytest.fixture
def inputs() -> dict[str, np.ndarray]:
    """Give two rows of valid inputs."""
    return make_inputs(2)
