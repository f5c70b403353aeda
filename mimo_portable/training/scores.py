"""Scores of predictions, and the trivial predictors that a trained model must beat. NumPy only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mimo_portable.data.contract import Array, Dataset
from mimo_portable.specs import ModelSpec, OutputSpec


@dataclass(frozen=True)
class OutputScores:
    """One output's scores on the test part.

    Attributes:
        output: The output's name.
        scores: Of the model, by the name of the score.
        baseline: Name of the trivial predictor.
        baseline_scores: Of the trivial predictor, under the same names.
        compared: The score that decides.
        beaten: Whether the model is better in that score.
    """

    output: str
    scores: Mapping[str, float]
    baseline: str
    baseline_scores: Mapping[str, float]
    compared: str
    beaten: bool


def judge(
    spec: ModelSpec, dataset: Dataset, predictions: Mapping[str, Array]
) -> tuple[OutputScores, ...]:
    """Score each output on the test part beside its baseline, in the contract's order.

    Args:
        spec: The contract, which names scores and baselines.
        dataset: Baselines are learnt from its training part.
        predictions: Arrays [n, *shape] by name of output, for the test part.
    """
    return tuple(_judge_output(output, spec, dataset, predictions) for output in spec.outputs)


def _judge_output(
    output: OutputSpec, spec: ModelSpec, dataset: Dataset, predictions: Mapping[str, Array]
) -> OutputScores:
    target = dataset.test.targets[output.name]
    trivial = _BASELINES[output.baseline](output, spec, dataset)

    def measure(prediction: Array) -> dict[str, float]:
        return {name: SCORES[name](prediction, target) for name in output.scores}

    scores, baseline_scores = measure(predictions[output.name]), measure(trivial)
    compared = output.scores[0]
    model, other = scores[compared], baseline_scores[compared]
    beaten = model < other if compared == "mae" else model > other
    return OutputScores(output.name, scores, output.baseline, baseline_scores, compared, beaten)


def classes(values: Array) -> Array:
    """Return the class of each row [n]: the largest of several numbers, or one of at least 0.5."""
    values = values.reshape(len(values), -1)
    return values.argmax(axis=1) if values.shape[1] > 1 else (values[:, 0] >= 0.5).astype(np.int64)


def accuracy(prediction: Array, target: Array) -> float:
    """Return the share of rows whose class is right."""
    return float((classes(prediction) == classes(target)).mean())


def balanced_accuracy(prediction: Array, target: Array) -> float:
    """Return the mean over the classes of the target of the share of its rows that is right."""
    right, truth = classes(prediction) == classes(target), classes(target)
    return float(np.mean([right[truth == label].mean() for label in np.unique(truth)]))


def mae(prediction: Array, target: Array) -> float:
    """Return the mean absolute error, in the unit of the target."""
    return float(np.abs(prediction.astype(np.float64) - target.astype(np.float64)).mean())


SCORES: Mapping[str, Callable[[Array, Array], float]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "mae": mae,
}


def _majority(output: OutputSpec, spec: ModelSpec, dataset: Dataset) -> Array:
    """Predict the training part's most common class everywhere."""
    learnt, target = dataset.train.targets[output.name], dataset.test.targets[output.name]
    common = np.bincount(classes(learnt)).argmax()
    row = np.eye(target.shape[1])[common] if target.shape[1] > 1 else np.array([common])
    return np.broadcast_to(row, target.shape)


def _median(output: OutputSpec, spec: ModelSpec, dataset: Dataset) -> Array:
    """Predict the median of the training targets everywhere."""
    target = dataset.test.targets[output.name]
    return np.broadcast_to(np.median(dataset.train.targets[output.name], axis=0), target.shape)


def _persistence(output: OutputSpec, spec: ModelSpec, dataset: Dataset) -> Array:
    """Predict the last value of the series, which is the model's first input."""
    return dataset.test.inputs[spec.inputs[0].name][:, -1]


_BASELINES: Mapping[str, Callable[[OutputSpec, ModelSpec, Dataset], Array]] = {
    "majority": _majority,
    "median": _median,
    "persistence": _persistence,
}
