"""What `optimize` judges a bundle by: the scores of a model of the zoo, or a user's own arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimo_export.errors import InputError
from mimo_export.manifest import VOCABULARY, Bundle, read_json
from mimo_export.optimize.task import Score, Task, agreement
from mimo_export.prediction import check_inputs
from mimo_portable import data, zoo
from mimo_portable.cli import _arrays
from mimo_portable.specs import ModelSpec
from mimo_portable.training.scores import SCORES

if TYPE_CHECKING:
    from mimo_portable.data import Dataset

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]

SPLIT = "split"
"""An array of the user's file that names the part of each row: train or test."""


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for.

    Attributes:
        source: `--data`: as `train` has it, or an .npz file of arrays under the contract's names.
        variant: Which set, where there are several.
        seed: Of splits, as `train` had it, and of the choice of calibration rows.
        metrics: Each `NAME` or `OUTPUT=NAME`, for targets of the user's own.
        calibration: How many rows of the training part to calibrate with, at most.
    """

    source: str | None
    variant: str | None
    seed: int
    metrics: tuple[str, ...]
    calibration: int


def task_of(bundle: Bundle, wanted: Wanted) -> Task:
    """Return the test rows and scores for a bundle, and training rows to calibrate with.

    1. A bundle with the inputs and outputs of a model of the zoo: the scores of its contract, on
       the test part of the data that `train` would take.
    2. Any other: arrays from an .npz file, under the names of inputs and outputs. An output that
       has targets there is scored by the metric that is asked for, one that has none by how far it
       agrees with the original file.

    Raises:
        InputError: There are no arrays, they do not fit, or a metric is missing or unknown.
        DataError: The data do not fit the model's contract.
    """
    spec = _of_the_zoo(bundle)
    if spec is None:
        return _of_arrays(bundle, wanted)
    if wanted.metrics:
        raise InputError(
            f"the scores of '{spec.name}' are those of its contract",
            where="--metric",
            remedy="leave --metric out; it is for bundles of your own models",
        )
    dataset = data.load(spec, wanted.source, variant=wanted.variant, seed=wanted.seed)
    _check_vocabulary(bundle, dataset)
    return _of_dataset(spec, dataset, wanted)


def _of_the_zoo(bundle: Bundle) -> ModelSpec | None:
    """Return the contract of the zoo that a bundle keeps, if there is one."""
    found = _names(bundle.signature)
    return next((m.spec for m in zoo.MODELS.values() if _names(m.spec) == found), None)


def _names(contract: Any) -> list[tuple[str, str, int, int | str]]:
    return [(s.name, s.dtype, len(s.shape), s.batch) for s in (*contract.inputs, *contract.outputs)]


def _check_vocabulary(bundle: Bundle, dataset: Dataset) -> None:
    path = bundle.folder / VOCABULARY
    if not path.is_file():
        return
    stated = {name: list(words) for name, words in read_json(path).items()}
    if stated != {name: list(words) for name, words in dataset.vocabulary.items()}:
        raise InputError(
            f"the words of '{dataset.name}' are not those that the model was trained with",
            where=str(path),
            remedy="give --data, --variant and --seed as `mimo-portable train` had them",
        )


def _of_dataset(spec: ModelSpec, dataset: Dataset, wanted: Wanted) -> Task:
    def score(outputs: Arrays, _original: Arrays) -> list[Score]:
        return [
            _scored(output.name, metric, outputs[output.name], dataset.test.targets[output.name])
            for output in spec.outputs
            for metric in output.scores
        ]

    rows = _chosen(len(dataset.train), wanted)
    return Task(
        f"the test part of {dataset.name} ({dataset.origin}, {len(dataset.test)} rows)",
        dataset.test.inputs,
        score,
        {name: values[rows] for name, values in dataset.train.inputs.items()},
    )


def _chosen(count: int, wanted: Wanted) -> Array:
    """Choose rows to calibrate with, in the order that they stand in."""
    generator = np.random.default_rng(wanted.seed)
    return np.sort(generator.permutation(count)[: wanted.calibration])


def _scored(output: str, metric: str, values: Array, targets: Array) -> Score:
    return Score(output, metric, SCORES[metric](values, targets), higher_is_better=metric != "mae")


# === The user's own arrays ===


def _of_arrays(bundle: Bundle, wanted: Wanted) -> Task:
    arrays = _read(wanted.source)
    inputs = {k: arrays[k] for k in arrays if k in [s.name for s in bundle.signature.inputs]}
    outputs = [spec.name for spec in bundle.signature.outputs]
    check_inputs(bundle, inputs)
    for name, array in arrays.items():
        _check_array(name, array, len(next(iter(inputs.values()))), (*inputs, *outputs, SPLIT))
    test, train = _parts(arrays, wanted)
    metrics = _metrics(wanted.metrics, [name for name in outputs if name in arrays])

    def score(found: Arrays, original: Arrays) -> list[Score]:
        return [
            _of_output(name, metrics.get(name), found[name], arrays[name][test])
            if name in arrays
            else agreement(name, found[name], original[name])
            for name in outputs
        ]

    return Task(
        f"{Path(str(wanted.source)).name} ({len(test)} rows)",
        {name: values[test] for name, values in inputs.items()},
        score,
        {name: values[train] for name, values in inputs.items()},
    )


def _read(source: str | None) -> dict[str, Array]:
    if source is None:
        raise InputError(
            "there are no rows to score the model on",
            remedy="give --data FILE.npz with arrays under the names of the inputs, and under those"
            " of outputs the targets",
        )
    return _arrays.read_npz(Path(source))


def _check_array(name: str, array: Array, rows: int, known: tuple[str, ...]) -> None:
    if name not in known:
        raise InputError(
            f"the array '{name}' is no input, no output and no '{SPLIT}'",
            where="--data",
            remedy=f"leave it out, or give it one of these names: {', '.join(known)}",
        )
    if array.ndim == 0 or len(array) != rows:
        raise InputError(
            f"the array '{name}' has shape {array.shape}, where there are {rows} rows",
            where="--data",
            remedy="give every array one entry for each row",
        )


def _parts(arrays: Arrays, wanted: Wanted) -> tuple[Array, Array]:
    """Return the rows to score on, and others to calibrate with: no row is used for both.

    Where the file does not say which is which, up to a half of the rows is drawn for calibration.
    """
    rows = len(next(iter(arrays.values())))
    if SPLIT not in arrays:
        half = Wanted("", None, wanted.seed, (), min(wanted.calibration, rows // 2))
        train = _chosen(rows, half)
        return np.setdiff1d(np.arange(rows), train), train
    unknown = sorted(set(arrays[SPLIT].tolist()) - {"train", "validation", "test"}, key=str)
    if unknown:
        raise InputError(
            f"'{unknown[0]}' is no part",
            where=f"--data, the array '{SPLIT}'",
            remedy="write train, validation or test for each row",
        )
    train = np.flatnonzero(arrays[SPLIT] == "train")
    return np.flatnonzero(arrays[SPLIT] == "test"), train[_chosen(len(train), wanted)]


def _metrics(words: tuple[str, ...], outputs: list[str]) -> dict[str, str]:
    """Return the metric of each output that has targets."""
    found: dict[str, str] = {}
    for word in words:
        output, equals, metric = word.rpartition("=")
        if metric not in SCORES or (equals and output not in outputs):
            raise InputError(
                f"'{word}' is no metric of an output that has targets",
                where="--metric",
                remedy=f"choose from {', '.join(SCORES)}; for one output of several "
                f"OUTPUT=METRIC; targets are there for {', '.join(outputs) or 'no output'}",
            )
        found |= {output: metric} if equals else {n: metric for n in outputs if n not in found}
    for output in outputs:
        if output not in found:
            raise InputError(
                f"the output '{output}' has targets and no metric",
                where="--metric",
                remedy=f"choose from {', '.join(SCORES)}: --metric {output}=METRIC",
            )
    return found


def _of_output(name: str, metric: str | None, values: Array, targets: Array) -> Score:
    """Score an output [n, ..., k]; classes may be given as numbers [n, ...] too."""
    metric = str(metric)
    if metric != "mae" and values.ndim > 1 and values.shape[-1] > 1:
        if targets.shape == values.shape[:-1] and targets.dtype.kind in "iu":
            targets = np.eye(values.shape[-1], dtype=np.float32)[targets]
        if targets.shape == values.shape:
            values, targets = (array.reshape(-1, array.shape[-1]) for array in (values, targets))
    if targets.shape != values.shape:
        raise InputError(
            f"the targets of '{name}' have shape {targets.shape}; the model gives {values.shape}",
            where="--data",
            remedy="give targets in the output's shape, or for classes their numbers as integers",
        )
    return _scored(name, metric, values, targets)
