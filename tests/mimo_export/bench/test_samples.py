from __future__ import annotations

from pathlib import Path

import numpy as np

from mimo_export.bench.samples import Samples, order_outputs
from mimo_export.golden import Case
from mimo_export.manifest import GOLDEN, open_bundle


def test_rows_begin_again_after_the_last_one() -> None:
    x = np.arange(6.0).reshape(3, 2)
    case = Samples(Case("c", {"x": x}, {"y": -x[:, :1]})).batch(5)
    assert case.inputs["x"][:, 0].tolist() == [0, 2, 4, 0, 2]
    assert case.outputs["y"][:, 0].tolist() == [0, -2, -4, 0, -2]


def test_the_largest_golden_data_set_is_taken(exported: Path) -> None:
    samples = Samples.read(exported / GOLDEN, open_bundle(exported).signature)
    assert {name: len(a) for name, a in samples.case.inputs.items()} == {"ecg": 17, "words": 17}


def test_outputs_are_taken_by_name() -> None:
    found = order_outputs({"b": np.ones(1), "a": np.zeros(1)}, {"a": np.ones(1), "b": np.ones(1)})
    assert {name: float(a[0]) for name, a in found.items()} == {"a": 0.0, "b": 1.0}


def test_outputs_without_names_are_put_where_they_fit_best() -> None:
    expected = {"a": np.array([[1.0]]), "b": np.array([[1.0, 2.0]]), "c": np.array([[5.0]])}
    found = order_outputs([np.array([[5.1]]), np.array([[0.9]]), np.array([[1.0, 2.1]])], expected)
    assert {name: a.tolist() for name, a in found.items()} == {
        "a": [[0.9]],
        "b": [[1.0, 2.1]],
        "c": [[5.1]],
    }
