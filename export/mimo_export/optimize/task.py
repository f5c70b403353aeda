"""What a model is judged by: rows to run, a function that scores the answers, what a loss is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mimo_export.compare import is_distribution
from mimo_export.onnx_runtime import Array, Arrays

AGREEMENT = "agreement"
"""The score of an output without targets: how much it is like what the original file gives."""


@dataclass(frozen=True)
class Score:
    """One number about one output.

    Attributes:
        output: The output's name.
        metric: What was measured.
        value: The number.
        higher_is_better: Whether more of it is better.
    """

    output: str
    metric: str
    value: float
    higher_is_better: bool


@dataclass(frozen=True)
class Task:
    """Rows that a model is judged on, which nothing else about it was chosen by.

    Attributes:
        name: Which rows these are, for people.
        inputs: Arrays [n, *shape] by input; cast to the contract's dtypes batch by batch.
        score: From the outputs [n, *shape] of a file, and those of the original file, to scores.
        calibration: Rows of the training part, which ranges of activations are taken from.
    """

    name: str
    inputs: Arrays
    score: Callable[[Arrays, Arrays], Sequence[Score]]
    calibration: Arrays

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


@dataclass(frozen=True)
class Change:
    """A score before and after.

    Attributes:
        output: The output's name.
        metric: What was measured.
        before: Of the original file.
        after: Of the smaller file.
        drop: What was lost, as a share of `before`: 0.01 is one hundredth; below 0 is a gain.
    """

    output: str
    metric: str
    before: float
    after: float
    drop: float


def change(before: Score, after: Score) -> Change:
    """Compare one score of two files; a score that is no number is a loss without end."""
    loss = before.value - after.value if before.higher_is_better else after.value - before.value
    if math.isnan(loss):
        drop = math.inf
    elif before.value == 0:
        drop = math.inf if loss > 0 else 0.0
    else:
        drop = loss / abs(before.value)
    return Change(before.output, before.metric, before.value, after.value, drop)


def agreement(output: str, values: Array, original: Array) -> Score:
    """Return how far an output is what the original file gives, 1 being the same.

    1. Rows of probabilities, and strings or booleans: the share of rows with the same class, of
       equal values.
    2. Other numbers: 1 less the mean distance, measured in mean distances of the original's values
       from their own mean.
    """
    if original.dtype.kind not in "fiu":
        return Score(output, AGREEMENT, float(np.mean(values == original)), higher_is_better=True)
    if is_distribution([original]):
        same = np.mean(values.argmax(axis=-1) == original.argmax(axis=-1))
        return Score(output, AGREEMENT, float(same), higher_is_better=True)
    expected = original.astype(np.float64)
    distance = float(np.abs(values.astype(np.float64) - expected).mean())
    spread = float(np.abs(expected - expected.mean()).mean())
    lost = distance / spread if spread else (0.0 if distance == 0 else math.inf)
    return Score(output, AGREEMENT, 1.0 - lost, higher_is_better=True)
