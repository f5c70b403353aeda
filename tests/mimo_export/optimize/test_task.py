from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mimo_export.optimize.task import Score, Task, agreement, change


@pytest.mark.parametrize(
    ("before", "after", "higher", "drop"),
    [
        (0.8, 0.6, True, 0.25),
        (0.8, 0.9, True, -0.125),
        (10.0, 11.0, False, 0.1),
        (10.0, 9.0, False, -0.1),
        (-2.0, -3.0, True, 0.5),
        (0.0, 0.0, False, 0.0),
        (0.0, 0.1, False, math.inf),
        (0.0, 0.1, True, 0.0),
        (0.8, math.nan, True, math.inf),
    ],
)
def test_a_drop_is_a_share_of_what_there_was(
    before: float, after: float, higher: bool, drop: float
) -> None:
    scores = (Score("y", "m", value, higher_is_better=higher) for value in (before, after))
    assert change(*scores).drop == pytest.approx(drop)


def agree(values: Any, original: Any) -> float:
    score = agreement("y", np.asarray(values), np.asarray(original))
    assert (score.output, score.metric, score.higher_is_better) == ("y", "agreement", True)
    return score.value


def test_numbers_agree_by_their_distance_in_spreads() -> None:
    original = [[1.0], [2.0], [3.0], [4.0]]
    assert agree(original, original) == 1.0
    assert agree([[1.1], [2.1], [3.1], [4.1]], original) == pytest.approx(0.9)
    assert agree([[1], [2]], [[1], [3]]) == 0.5


def test_probabilities_agree_by_their_class() -> None:
    original = [[0.9, 0.1], [0.2, 0.8]]
    assert agree([[0.6, 0.4], [0.7, 0.3]], original) == 0.5


def test_strings_agree_where_they_are_equal() -> None:
    assert agree(["a", "b", "c", "d"], ["a", "b", "c", "e"]) == 0.75


def test_a_constant_agrees_with_itself_alone() -> None:
    assert agree([[2.0], [2.0]], [[2.0], [2.0]]) == 1.0
    assert agree([[2.0], [2.5]], [[2.0], [2.0]]) == -math.inf


def test_a_task_is_as_long_as_its_rows() -> None:
    assert len(Task("t", {"x": np.zeros((3, 2))}, lambda _o, _r: (), {})) == 3
