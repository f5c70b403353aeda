"""A runner's request for the small bundle, and a check of what it answers."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mimo_export.bench.runner import Request
from mimo_export.bench.samples import Samples, order_outputs
from mimo_export.manifest import GOLDEN, open_bundle


@pytest.fixture
def check(exported: Path) -> Callable[[str, Path], None]:
    """Give a function that runs an artifact with a family of runners beside Keras's answers."""
    signature = open_bundle(exported).signature
    samples = Samples.read(exported / GOLDEN, signature)

    def check(family: str, path: Path) -> None:
        runner = importlib.import_module(f"mimo_export.bench.{family}").load(
            Request(path, signature, threads=1)
        )
        for rows in (1, 3):
            case = samples.batch(rows)
            outputs = order_outputs(runner.bind(case.inputs)(), case.outputs)
            assert list(outputs) == ["risk", "diagnosis"]
            for name, wanted in case.outputs.items():
                np.testing.assert_allclose(outputs[name], wanted, atol=1e-5)

    return check


@pytest.fixture
def request_of(exported: Path) -> Callable[[Path], Request]:
    """Give a function that makes a request for the small bundle's model."""
    return lambda path: Request(path, open_bundle(exported).signature, threads=1)
