from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimo_export.contract import Signature
from mimo_export.errors import InputError
from mimo_export.manifest import Bundle
from mimo_portable import data, zoo
from mimo_portable.cli._task import Wanted, task_of
from mimo_portable.specs import TensorSpec

X = TensorSpec("x", (2,))
KIND, SIZE = TensorSpec("kind", (3,)), TensorSpec("size", (1,))


def bundle(folder: Path, *outputs: TensorSpec) -> Bundle:
    return Bundle(folder, Signature((X,), outputs or (KIND, SIZE)), {}, {})


def wanted(source: object = None, *metrics: str, **changed: Any) -> Wanted:
    fields = {"variant": None, "seed": 0, "calibration": 4, **changed}
    return Wanted(None if source is None else str(source), metrics=metrics, **fields)


@pytest.fixture
def arrays(tmp_path: Path) -> Callable[..., Path]:
    """Write ten rows of `x` and further arrays to a file."""

    def write(**more: Any) -> Path:
        path = tmp_path / "rows.npz"
        x = np.arange(20, dtype="float32").reshape(10, 2)
        np.savez(path, **{"x": x, **{name: np.asarray(array) for name, array in more.items()}})
        return path

    return write


def refusal(opened: Bundle, asked: Wanted) -> str:
    with pytest.raises(InputError) as caught:
        task_of(opened, asked)
    return str(caught.value)


# === Models of the zoo ===


def of_the_zoo(name: str, folder: Path) -> Bundle:
    spec = zoo.find(name).spec
    return Bundle(folder, Signature(spec.inputs, spec.outputs), {}, {})


@pytest.fixture(scope="module")
def dataset() -> data.Dataset:
    """Give the data of the medical model that come with the package."""
    return data.load(zoo.find("medical").spec)


@pytest.fixture
def medical(tmp_path: Path, dataset: data.Dataset, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """Give a bundle of the medical model, whose data are there already."""
    monkeypatch.setattr(data, "load", lambda *_words, **_options: dataset)
    return of_the_zoo("medical", tmp_path)


def test_a_model_of_the_zoo_has_its_own_scores_on_the_test_part(
    medical: Bundle, dataset: data.Dataset
) -> None:
    task = task_of(medical, wanted())
    rows = len(dataset.test)
    assert task.name == f"the test part of {dataset.name} (simulated, {rows} rows)"
    assert len(task) == rows
    perfect = task.score(dataset.test.targets, {})
    assert [(s.output, s.metric, s.value, s.higher_is_better) for s in perfect] == [
        ("diagnosis_output", "balanced_accuracy", 1.0, True),
        ("diagnosis_output", "accuracy", 1.0, True),
        ("risk_output", "mae", 0.0, False),
    ]


def test_calibration_rows_are_of_the_training_part_and_follow_the_seed(
    medical: Bundle, dataset: data.Dataset
) -> None:
    one, same, other = (
        task_of(medical, wanted(seed=seed)).calibration["ecg_input"] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    known = {row.tobytes() for row in dataset.train.inputs["ecg_input"]}
    assert (len(one), {row.tobytes() for row in one} <= known) == (4, True)


def test_words_of_another_set_are_refused(
    tmp_path: Path, dataset: data.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = dataclasses.replace(dataset, name="posts", vocabulary={"text_input": ("word",)})
    monkeypatch.setattr(data, "load", lambda *_words, **_options: posts)
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps({"text_input": ["other"]}))
    assert refusal(of_the_zoo("sentiment", tmp_path), wanted()) == (
        "the words of 'posts' are not those that the model was trained with\n"
        f"  where:  {path}\n"
        "  remedy: give --data, --variant and --seed as `mimo-portable train` had them"
    )


def test_a_metric_for_the_zoo_is_refused(tmp_path: Path) -> None:
    assert refusal(of_the_zoo("medical", tmp_path), wanted(None, "mae")) == (
        "the scores of 'medical' are those of its contract\n  where:  --metric\n"
        "  remedy: leave --metric out; it is for bundles of your own models"
    )


# === Arrays of the user's own ===


def test_outputs_without_targets_are_judged_by_agreement(
    tmp_path: Path, arrays: Callable[..., Path]
) -> None:
    task = task_of(bundle(tmp_path), wanted(arrays()))
    assert task.name == "rows.npz (6 rows)"
    outputs = {"kind": np.eye(3)[[0, 1, 2, 0, 1, 2]], "size": np.arange(6.0)[:, None]}
    found = task.score(outputs, outputs)
    assert [(s.output, s.metric, s.value) for s in found] == [
        ("kind", "agreement", 1.0),
        ("size", "agreement", 1.0),
    ]


def test_no_row_is_used_to_calibrate_and_to_score(
    tmp_path: Path, arrays: Callable[..., Path]
) -> None:
    task = task_of(bundle(tmp_path), wanted(arrays()))
    used = np.concatenate([task.inputs["x"], task.calibration["x"]])
    assert (len(task.inputs["x"]), len(task.calibration["x"])) == (6, 4)
    assert sorted(used[:, 0].tolist()) == list(range(0, 20, 2))


def test_a_split_says_which_rows_are_which(tmp_path: Path, arrays: Callable[..., Path]) -> None:
    path = arrays(split=["train"] * 5 + ["validation"] * 2 + ["test"] * 3)
    task = task_of(bundle(tmp_path), wanted(path))
    assert task.inputs["x"][:, 0].tolist() == [14, 16, 18]
    assert len(task.calibration["x"]) == 4
    assert set(task.calibration["x"][:, 0].tolist()) <= {0, 2, 4, 6, 8}


def test_targets_are_scored_by_the_metric_that_is_asked_for(
    tmp_path: Path, arrays: Callable[..., Path]
) -> None:
    split = ["train"] * 6 + ["test"] * 4
    path = arrays(split=split, kind=np.arange(10) % 3, size=np.ones((10, 1)))
    task = task_of(bundle(tmp_path), wanted(path, "kind=accuracy", "mae"))
    outputs = {"kind": np.eye(3)[[0, 1, 2, 2]], "size": np.full((4, 1), 1.5)}
    found = task.score(outputs, outputs)
    assert [(s.output, s.metric, s.value, s.higher_is_better) for s in found] == [
        ("kind", "accuracy", 0.75, True),
        ("size", "mae", 0.5, False),
    ]


def test_classes_of_each_step_are_counted_one_by_one(
    tmp_path: Path, arrays: Callable[..., Path]
) -> None:
    tags = TensorSpec("tags", (2, 3))
    path = arrays(tags=np.zeros((10, 2), int), split=["test"] * 10)
    task = task_of(bundle(tmp_path, tags), wanted(path, "accuracy"))
    values = np.tile(np.eye(3)[[0, 1]], (10, 1, 1))
    assert task.score({"tags": values}, {})[0].value == 0.5


def test_targets_of_another_shape_are_refused(tmp_path: Path, arrays: Callable[..., Path]) -> None:
    path = arrays(size=np.ones(10), split=["test"] * 10)
    task = task_of(bundle(tmp_path, SIZE), wanted(path, "mae"))
    with pytest.raises(InputError) as caught:
        task.score({"size": np.ones((10, 1))}, {})
    assert str(caught.value) == (
        "the targets of 'size' have shape (10,); the model gives (10, 1)\n  where:  --data\n"
        "  remedy: give targets in the output's shape, or for classes their numbers as integers"
    )


def test_a_model_of_ones_own_needs_rows(tmp_path: Path) -> None:
    assert refusal(bundle(tmp_path), wanted()) == (
        "there are no rows to score the model on\n"
        "  remedy: give --data FILE.npz with arrays under the names of the inputs, and under those "
        "of outputs the targets"
    )


def test_an_array_that_is_nothing_is_refused(tmp_path: Path, arrays: Callable[..., Path]) -> None:
    assert refusal(bundle(tmp_path), wanted(arrays(other=np.ones(10)))) == (
        "the array 'other' is no input, no output and no 'split'\n  where:  --data\n"
        "  remedy: leave it out, or give it one of these names: x, kind, size, split"
    )


def test_an_array_of_another_length_is_refused(tmp_path: Path, arrays: Callable[..., Path]) -> None:
    assert refusal(bundle(tmp_path), wanted(arrays(size=np.ones((9, 1))), "mae")) == (
        "the array 'size' has shape (9, 1), where there are 10 rows\n  where:  --data\n"
        "  remedy: give every array one entry for each row"
    )


def test_an_unknown_part_is_refused(tmp_path: Path, arrays: Callable[..., Path]) -> None:
    path = arrays(split=["train"] * 9 + ["dev"])
    assert refusal(bundle(tmp_path), wanted(path)) == (
        "'dev' is no part\n  where:  --data, the array 'split'\n"
        "  remedy: write train, validation or test for each row"
    )


def test_targets_without_a_metric_are_refused(tmp_path: Path, arrays: Callable[..., Path]) -> None:
    path = arrays(size=np.ones((10, 1)))
    assert refusal(bundle(tmp_path), wanted(path)) == (
        "the output 'size' has targets and no metric\n  where:  --metric\n"
        "  remedy: choose from accuracy, balanced_accuracy, mae: --metric size=METRIC"
    )


@pytest.mark.parametrize("word", ["f1", "kind=mae", "size=f1"])
def test_an_unknown_metric_is_refused(
    tmp_path: Path, arrays: Callable[..., Path], word: str
) -> None:
    path = arrays(size=np.ones((10, 1)))
    assert refusal(bundle(tmp_path), wanted(path, word)) == (
        f"'{word}' is no metric of an output that has targets\n  where:  --metric\n"
        "  remedy: choose from accuracy, balanced_accuracy, mae; for one output of several "
        "OUTPUT=METRIC; targets are there for size"
    )


def test_inputs_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.npz"
    np.savez(path, x=np.ones((3, 2)))
    assert refusal(bundle(tmp_path), wanted(path)) == (
        "dtype float64; expected float32\n  where:  input 'x'\n"
        "  remedy: convert it: array.astype('float32')"
    )
