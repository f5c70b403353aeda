"""Small data and small networks for every model, so that a test of training takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mimo_portable.data.contract import Array, Dataset, Split
from mimo_portable.specs import ModelSpec

OPTIONS = {
    "sentiment": (
        "vocabulary_size=12",
        "image_filters=2",
        "image_reduction=4",
        "embedding_width=3",
        "text_units=4",
    ),
    "forecast": ("lstm_units=4",),
    "medical": ("filters=3",),
}


def _values(name: str, n: int, rng: np.random.Generator) -> Array:
    makers: Mapping[str, Callable[[], Array]] = {
        "image_input": lambda: rng.integers(0, 256, (n, 128, 128, 3), dtype=np.uint8),
        "text_input": lambda: rng.integers(1, 12, (n, 100), dtype=np.int32),
        "series": lambda: rng.normal(300, 20, (n, 100, 1)),
        "ecg_input": lambda: rng.normal(0, 500, (n, 256, 1)),
        "bp_input": lambda: rng.normal(120, 20, (n, 1)),
        "sentiment": lambda: rng.integers(0, 2, (n, 1)),
        "diagnosis_output": lambda: np.eye(3)[rng.integers(0, 3, n)],
        "risk_output": lambda: rng.random((n, 1)),
    }
    return makers.get(name, lambda: rng.normal(300, 20, (n, 1)))()


def _split(spec: ModelSpec, n: int, rng: np.random.Generator) -> Split:
    return Split(
        {tensor.name: _values(tensor.name, n, rng) for tensor in spec.inputs},
        {tensor.name: _values(tensor.name, n, rng) for tensor in spec.outputs},
    )


def tiny_dataset(spec: ModelSpec, seed: int = 0) -> Dataset:
    """Make 20 training, 9 validation and 7 test samples of noise in the form of a contract."""
    rng = np.random.default_rng(seed)
    return Dataset(
        "noise",
        "simulated",
        "Random numbers.",
        *(_split(spec, n, rng) for n in (20, 9, 7)),
        statistics={"mean": 300.0, "variance": 400.0} if spec.name == "forecast" else {},
    )
