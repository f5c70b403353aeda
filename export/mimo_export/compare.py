"""Compare what a runtime computed with what Keras computed, and say all that a person needs.

Two numbers agree when `|got - expected| <= atol + rtol * |expected|`; NaN agrees with NaN in the
same place and with nothing else. Classes must agree as classes: the largest value of each row
stands in the same place, or in one where Keras has exactly the same value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

CONTRACT = "(contract)"
"""Stands in the place of an output in the row that says how names, order or dtypes differ."""


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may lie apart: `atol + rtol * |expected|`."""

    atol: float = 1e-5
    rtol: float = 1e-5

    @classmethod
    def of_precision(cls, dtype: str) -> Tolerance:
        """Return what may lie between two right ways to compute in a dtype.

        1e-5 for float32 and float64; where a model computes in half precision, four units in the
        last place of that dtype (3.9e-3 for float16, 3.1e-2 for bfloat16): sums in another order
        come out that far apart.
        """
        last_place = {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(dtype)
        return cls() if last_place is None else cls(4 * last_place, 4 * last_place)


@dataclass(frozen=True)
class Difference:
    """The largest difference: how large, in which data set, at which index, and both values."""

    size: float
    case: str
    index: tuple[int, ...]
    expected: float
    got: float


@dataclass(frozen=True)
class Comparison:
    """One output of one runtime, over all golden vectors.

    Attributes:
        runtime: What computed it, such as "onnxruntime".
        output: The output's name.
        status: "pass", "fail" or "not run".
        reason: Why it failed or was not run; empty for a pass.
        expected_shapes: Keras's shapes, one per data set.
        shapes: The runtime's.
        expected_dtype: Keras's dtype.
        dtype: The runtime's.
        values: How many pairs of finite numbers were compared.
        expected_range: Keras's smallest and largest finite number; None where there is none.
        largest: The largest difference; None where nothing could be compared.
        passing_tolerance: The smallest t for which atol = rtol = t passes.
        classes: How many rows have the same class, "22 of 23"; empty where there are no classes.
        gates: Whether a failure here keeps a bundle from being published.
    """

    runtime: str
    output: str
    status: Literal["pass", "fail", "not run"]
    reason: str = ""
    expected_shapes: tuple[tuple[int, ...], ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    expected_dtype: str = ""
    dtype: str = ""
    values: int = 0
    expected_range: tuple[float, float] | None = None
    largest: Difference | None = None
    passing_tolerance: float | None = None
    classes: str = ""
    gates: bool = True


@dataclass(frozen=True)
class Pair:
    """One output of one golden data set: what Keras and what the runtime gave."""

    case: str
    expected: Array
    got: Array


def compare_output(
    runtime: str,
    output: str,
    pairs: Sequence[Pair],
    tolerance: Tolerance,
    *,
    is_class: bool,
    gates: bool = True,
) -> Comparison:
    """Compare one output over all data sets; comparing nothing is a failure."""
    row = Comparison(
        runtime,
        output,
        "pass",
        expected_shapes=tuple(pair.expected.shape for pair in pairs),
        shapes=tuple(pair.got.shape for pair in pairs),
        expected_dtype=_dtypes(pair.expected for pair in pairs),
        dtype=_dtypes(pair.got for pair in pairs),
        gates=gates,
    )
    if row.shapes != row.expected_shapes:
        return _failed(row, "the shapes differ")
    if row.dtype != row.expected_dtype:
        return _failed(row, "the dtypes differ")
    measured = [_measure(pair, tolerance) for pair in pairs]
    agreeing, rows = _classes(pairs) if is_class else (0, 0)
    row = replace(
        row,
        values=sum(m.values for m in measured),
        expected_range=_range(pairs),
        largest=max((m.largest for m in measured if m.largest), key=_size, default=None),
        passing_tolerance=max((m.passing for m in measured), default=None),
        classes=f"{agreeing} of {rows}" if is_class else "",
    )
    outside, total = sum(m.outside for m in measured), sum(m.total for m in measured)
    if not row.values:
        return _failed(row, "nothing was compared: Keras gave no finite number")
    if outside:
        first = next((f", first {m.first}" for m in measured if m.first), "")
        return _failed(row, f"{outside} of {total} values differ{first}")
    return row if agreeing == rows else _failed(row, "the classes differ")


def _is_numeric(array: Array) -> bool:
    return array.dtype.kind in "fiub" or array.dtype.name == "bfloat16"


def _range(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    numbers = [p.expected.astype("float64").ravel() for p in pairs if _is_numeric(p.expected)]
    found = np.concatenate(numbers or [np.empty(0)])
    found = found[np.isfinite(found)]
    return (float(found.min()), float(found.max())) if found.size else None


def _failed(row: Comparison, reason: str) -> Comparison:
    return replace(row, status="fail", reason=reason)


def is_distribution(values: Sequence[Array]) -> bool:
    """Tell whether an output looks like class probabilities: rows in 0..1 that sum to 1."""
    return bool(values) and all(
        array.ndim > 1
        and array.shape[-1] > 1
        and np.issubdtype(array.dtype, np.floating)
        and bool(np.all((array >= 0) & (array <= 1)))
        and bool(np.allclose(array.sum(axis=-1, dtype="float64"), 1, atol=1e-3))
        for array in values
    )


@dataclass(frozen=True)
class _Measured:
    values: int
    total: int
    outside: int
    largest: Difference | None
    passing: float
    first: str = ""


def _measure(pair: Pair, tolerance: Tolerance) -> _Measured:
    if not _is_numeric(pair.expected):
        same = pair.expected == pair.got
        wrong = np.argwhere(~same)
        passing = np.inf if len(wrong) else 0.0
        first = _shown(pair, tuple(int(i) for i in wrong[0])) if len(wrong) else ""
        return _Measured(same.size, same.size, len(wrong), None, passing, first)
    expected, got = pair.expected.astype("float64"), pair.got.astype("float64")
    # Equal infinities and two NaNs have no distance; a NaN against a number has an endless one.
    same = (expected == got) | (np.isnan(expected) & np.isnan(got))
    with np.errstate(invalid="ignore"):
        distance = np.where(same, 0.0, np.abs(got - expected))
        distance = np.where(np.isnan(distance), np.inf, distance)
        limit = tolerance.atol + tolerance.rtol * np.abs(expected)
        needed = np.where(same, 0.0, distance / (1.0 + np.abs(expected)))
        needed = np.where(np.isnan(needed), np.inf, needed)
    outside = ~same & ~(distance <= np.where(np.isfinite(limit), limit, 0.0))
    return _Measured(
        values=int(np.count_nonzero(np.isfinite(expected))),
        total=expected.size,
        outside=int(np.count_nonzero(outside)),
        largest=_largest(pair.case, distance, expected, got),
        passing=float(needed.max(initial=0.0)),
    )


def _shown(pair: Pair, index: tuple[int, ...]) -> str:
    """Return which string stands where Keras has another."""
    got, expected = str(pair.got[index]), str(pair.expected[index])
    return f"{got!r} for {expected!r} at {list(index)} of {pair.case}"


def _largest(case: str, distance: Array, expected: Array, got: Array) -> Difference | None:
    if not distance.size:
        return None
    index = tuple(int(i) for i in np.unravel_index(np.argmax(distance), distance.shape))
    return Difference(
        float(distance[index]), case, index, float(expected[index]), float(got[index])
    )


def _size(difference: Difference) -> float:
    return difference.size


def _classes(pairs: Sequence[Pair]) -> tuple[int, int]:
    """Return how many rows have the same class, and how many rows there are."""
    agreeing = total = 0
    for pair in pairs:
        expected = pair.expected.reshape(-1, pair.expected.shape[-1])
        chosen = np.argmax(pair.got.reshape(expected.shape), axis=-1)
        best = np.max(expected, axis=-1)
        value = np.take_along_axis(expected, chosen[:, None], axis=-1)[:, 0]
        agreeing += int(np.count_nonzero((value == best) | (np.isnan(value) & np.isnan(best))))
        total += len(expected)
    return agreeing, total


def _dtypes(arrays: Iterable[Array]) -> str:
    return ", ".join(dict.fromkeys(str(array.dtype) for array in arrays))
