"""Inputs of any batch out of a bundle's golden vectors, with Keras's answers to them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimo_export.golden import Case, read_cases

if TYPE_CHECKING:
    from mimo_export.contract import Signature

Array = np.ndarray[Any, np.dtype[Any]]

_MOST_PERMUTED = 6


@dataclass(frozen=True)
class Samples:
    """Rows that Keras has answered.

    Attributes:
        case: The golden data set with the most rows.
    """

    case: Case

    @classmethod
    def read(cls, folder: Path, signature: Signature) -> Samples:
        """Read the golden vectors of a bundle."""
        return cls(max(read_cases(folder, signature), key=_rows))

    def batch(self, rows: int) -> Case:
        """Return so many rows; after the last one they begin again."""
        chosen = np.arange(rows) % _rows(self.case)
        return Case(
            self.case.name,
            {name: np.ascontiguousarray(a[chosen]) for name, a in self.case.inputs.items()},
            {name: array[chosen] for name, array in self.case.outputs.items()},
        )


def _rows(case: Case) -> int:
    return len(next(iter(case.inputs.values())))


def order_outputs(result: Any, expected: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return outputs by name; where a converter has lost the names, those that fit best.

    Some converters keep neither names nor order: each order of outputs whose shapes fit is
    tried, and the one that comes closest to Keras is taken.
    """
    if isinstance(result, Mapping):
        return {name: np.asarray(result[name]) for name in expected if name in result}
    values = [np.asarray(value) for value in result]
    orders = itertools.permutations(values) if len(values) <= _MOST_PERMUTED else [tuple(values)]
    fitting = [order for order in orders if _shapes(order) == _shapes(tuple(expected.values()))]
    best = min(fitting, key=lambda order: _distance(order, expected), default=tuple(values))
    return dict(zip(expected, best, strict=False))  # what is missing is seen by who compares


def _shapes(arrays: tuple[Array, ...]) -> list[tuple[int, ...]]:
    return [array.shape for array in arrays]


def _distance(order: tuple[Array, ...], expected: Mapping[str, Array]) -> float:
    pairs = zip(order, expected.values(), strict=True)
    return float(sum(np.abs(a.astype("float64") - b).sum() for a, b in pairs))
