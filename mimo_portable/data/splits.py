"""Seeded splits without a leak: by group (patient, record, user) and by time.

Neighbouring windows of one record or one series are nearly equal, so that a split by window tests
what was learnt by heart. Hence whole groups move together, and stretches of time never overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimo_portable.data.contract import Array
from mimo_portable.data.errors import DataError

VALIDATION_SHARE = 0.15
TEST_SHARE = 0.15


@dataclass(frozen=True)
class Parts:
    """Row numbers of the three parts, each int64 [n] in ascending order."""

    train: Array
    validation: Array
    test: Array


@dataclass(frozen=True)
class Windows:
    """Windows of one stretch of a series.

    Attributes:
        inputs: float32 [n, window, 1].
        targets: Per horizon, float32 [n, 1]: the value that many steps after the window's last one.
    """

    inputs: Array
    targets: tuple[Array, ...]


def by_group(
    groups: Sequence[object] | Array,
    seed: int,
    *,
    validation: float = VALIDATION_SHARE,
    test: float = TEST_SHARE,
) -> Parts:
    """Draw whole groups for validation and test, and leave the rest for training.

    Args:
        groups: One label per row; rows of one label stay together.
        seed: Seed of the draw; the same seed gives the same parts.
        validation: Share of the groups, at least one group unless 0.
        test: Share of the groups, at least one group unless 0.

    Raises:
        DataError: There are too few groups to leave one for each part.
    """
    unique, member = np.unique(np.asarray(groups), return_inverse=True)
    n_validation, n_test = (
        max(1, round(share * len(unique))) if share else 0 for share in (validation, test)
    )
    if n_validation + n_test >= len(unique):
        raise DataError(
            f"{len(unique)} groups cannot be split into training, validation and test",
            where="a split needs at least one group (patient, record or row) for each part",
            remedy="give more groups, or name the part of each row in a column 'split'",
        )
    order = np.random.default_rng(seed).permutation(len(unique))
    part = np.zeros(len(unique), np.int8)
    part[order[:n_validation]] = 1
    part[order[n_validation : n_validation + n_test]] = 2
    rows = part[member]
    return Parts(*(np.flatnonzero(rows == i) for i in range(3)))


def by_row(
    n: int, seed: int, *, validation: float = VALIDATION_SHARE, test: float = TEST_SHARE
) -> Parts:
    """Draw rows that have nothing in common; every row is its own group."""
    return by_group(np.arange(n), seed, validation=validation, test=test)


def by_time(
    times: Array, *, gap: int = 0, validation: float = VALIDATION_SHARE, test: float = TEST_SHARE
) -> Parts:
    """Take the last rows for test and those before them for validation; equal times stay together.

    Args:
        times: One time per row, in any order.
        gap: How many rows to leave out before each border, where a row's window reaches over it.
        validation: Share of the rows.
        test: Share of the rows.

    Raises:
        DataError: Too few rows are left for one of the parts.
    """
    order = np.argsort(times, kind="stable")
    ordered = np.asarray(times)[order]
    n = len(ordered)
    # A border moves back to the first row of its time.
    borders = [
        int(np.searchsorted(ordered, ordered[min(n - 1, round(n * share))]))
        for share in (1 - validation - test, 1 - test)
    ]
    pieces = (
        order[: max(0, borders[0] - gap)],
        order[borders[0] : max(borders[0], borders[1] - gap)],
        order[borders[1] :],
    )
    if not all(len(piece) for piece in pieces):
        raise DataError(
            f"{n} rows cannot be split by time into training, validation and test",
            where=f"{gap} rows are left out before each border, as their windows reach over it",
            remedy="give more rows, or name the part of each row in a column 'split'",
        )
    return Parts(*(np.sort(piece) for piece in pieces))


def windows(series: Array, window: int, horizons: Sequence[int]) -> Windows:
    """Cut one stretch of time into windows whose targets lie in the same stretch.

    Split a series by cutting it into stretches first: what comes out of one stretch then shares no
    value with what comes out of another.

    >>> cut = windows(np.arange(6), 3, (1, 2))
    >>> cut.inputs[..., 0].tolist(), [t[:, 0].tolist() for t in cut.targets]
    ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]], [[3.0, 4.0], [4.0, 5.0]])

    Raises:
        DataError: The stretch is too short for one window and its targets.
    """
    n = len(series) - window - max(horizons) + 1
    if n < 1:
        raise DataError(
            f"a series of {len(series)} values is too short for one window",
            where=f"windows of {window} values with targets up to {max(horizons)} steps later",
            remedy=f"give at least {window + max(horizons)} values for each part",
        )
    values = np.asarray(series, np.float32)
    inputs = np.lib.stride_tricks.sliding_window_view(values, window)[:n, :, None].copy()
    first = window - 1
    targets = tuple(values[first + h : first + h + n, None].copy() for h in horizons)
    return Windows(inputs, targets)
