"""Scores and trivial predictors, by hand-made numbers."""

from __future__ import annotations

import numpy as np
import pytest

from mimo_portable.data.contract import Dataset, Split
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec
from mimo_portable.training import scores


def dataset(train, test, series=None):
    """Make a data set of one output 'y' whose input is a series of two steps."""
    n = len(test)
    inputs = {"series": np.zeros((n, 2, 1)) if series is None else np.asarray(series, float)}
    learnt = Split({"series": np.zeros((len(train), 2, 1))}, {"y": np.asarray(train, float)})
    told = Split(inputs, {"y": np.asarray(test, float)})
    return Dataset("made", "simulated", "By hand.", learnt, told, told)


def contract(**output):
    return ModelSpec(
        "m", "A model.", (TensorSpec("series", (2, 1)),), (OutputSpec("y", (1,), **output),)
    )


def test_classes_are_the_largest_number_or_a_threshold():
    assert scores.classes(np.array([[0.1, 0.9], [0.8, 0.2]])).tolist() == [1, 0]
    assert scores.classes(np.array([[0.49], [0.5]])).tolist() == [0, 1]


def test_accuracy_is_the_share_of_right_rows():
    prediction, target = np.array([[0.9], [0.9], [0.9], [0.1]]), np.array([[1], [1], [0], [0]])
    assert scores.accuracy(prediction, target) == 0.75


def test_balanced_accuracy_gives_every_class_the_same_weight():
    target = np.eye(3)[[0, 0, 0, 1]]
    prediction = np.eye(3)[[0, 0, 0, 2]]
    assert scores.balanced_accuracy(prediction, target) == 0.5


def test_mae_is_the_mean_distance():
    assert scores.mae(np.array([[1.0], [5.0]]), np.array([[2.0], [2.0]])) == 2.0


def test_the_majority_is_that_of_the_training_part():
    spec = contract(scores=("balanced_accuracy", "accuracy"), baseline="majority")
    data = dataset(np.eye(3)[[2, 2, 1]], np.eye(3)[[2, 1, 0, 0]])
    (result,) = scores.judge(spec, data, {"y": np.eye(3)[[2, 1, 0, 1]]})
    assert result.baseline_scores == {"balanced_accuracy": pytest.approx(1 / 3), "accuracy": 0.25}
    assert result.scores == {"balanced_accuracy": pytest.approx(2.5 / 3), "accuracy": 0.75}
    assert (result.compared, result.beaten) == ("balanced_accuracy", True)


def test_the_majority_of_yes_and_no_is_one_number():
    spec = contract(scores=("accuracy",), baseline="majority")
    (result,) = scores.judge(
        spec, dataset([[1], [1], [0]], [[1], [0]]), {"y": np.array([[0.2], [0.2]])}
    )
    assert (result.baseline_scores, result.scores) == ({"accuracy": 0.5}, {"accuracy": 0.5})


def test_the_median_is_that_of_the_training_part():
    data = dataset([[1], [2], [9]], [[3], [5]])
    (result,) = scores.judge(contract(), data, {"y": np.array([[3.0], [4.0]])})
    assert (result.baseline, result.baseline_scores) == ("median", {"mae": 2.0})
    assert (result.scores, result.beaten) == ({"mae": 0.5}, True)


def test_persistence_repeats_the_last_value_of_the_series():
    data = dataset([[0]], [[3], [5]], series=[[[9], [1]], [[9], [2]]])
    (result,) = scores.judge(contract(baseline="persistence"), data, {"y": np.array([[3], [9]])})
    assert result.baseline_scores == {"mae": 2.5}
    assert result.beaten


@pytest.mark.parametrize(("prediction", "beaten"), [(2.0, False), (2.5, True), (1.0, False)])
def test_a_tie_is_not_beaten(prediction, beaten):
    data = dataset([[2]], [[3]])
    (result,) = scores.judge(contract(), data, {"y": np.array([[prediction]])})
    assert result.beaten is beaten


def test_outputs_keep_the_order_of_the_contract():
    spec = ModelSpec(
        "m", "A model.", (TensorSpec("x", (1,)),), (OutputSpec("z", (1,)), OutputSpec("a", (1,)))
    )
    part = Split({"x": np.zeros((2, 1))}, {"z": np.zeros((2, 1)), "a": np.zeros((2, 1))})
    data = Dataset("made", "simulated", "By hand.", part, part, part)
    judged = scores.judge(spec, data, {"a": np.zeros((2, 1)), "z": np.zeros((2, 1))})
    assert [result.output for result in judged] == ["z", "a"]
