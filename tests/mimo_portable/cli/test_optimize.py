from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export import bundle as bundle_module
from mimo_export import runtimes, worker
from mimo_export.bundle import export_bundle
from mimo_export.manifest import file_problems, open_bundle
from mimo_portable import zoo
from mimo_portable.training import seeding

QUICK = ("--rounds", "3")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give bundles of a model of one's own, and of an untrained one of the zoo; to be copied."""
    folder = tmp_path_factory.mktemp("bundles")
    keras.utils.set_random_seed(0)
    x = keras.Input((8,), name="x")
    hidden = layers.Dense(64, activation="tanh", name="hidden")(x)
    own = keras.Model(x, layers.Dense(4, name="y")(hidden))
    zoo_model = zoo.find("medical")
    medical = zoo_model.build(zoo_model.configuration("reference"))
    seeding.initialize(medical, 0)
    with pytest.MonkeyPatch.context() as patch:
        for module in (bundle_module, runtimes, worker):
            patch.setattr(module, "installed_backends", lambda: (keras.backend.backend(),))
        for name, model in (("own", own), ("medical", medical)):
            export_bundle(model, folder / name, formats=("onnx",))
    return folder


@pytest.fixture
def own(bundles: Path, tmp_path: Path) -> Path:
    """Give a bundle of one's own model, and a file of rows beside it."""
    rows = np.random.default_rng(0).normal(size=(50, 8)).astype("float32")
    np.savez(tmp_path / "rows.npz", x=rows)
    return Path(shutil.copytree(bundles / "own", tmp_path / "own"))


def test_a_model_of_ones_own_is_judged_by_agreement(run: Any, own: Path) -> None:
    words = ("own", "--precision", "int8", "--data", "rows.npz", *QUICK)
    code, out, err = run("optimize", *words, "--max-metric-drop", "0.1")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["KB", "ms,", "batch", "1", "ms,", "batch", "32", "y", "agreement"]
    assert [line.split()[0] for line in lines[1:4]] == ["original", "int8", "change"]
    assert lines[4] == "scored on rows.npz (25 rows); timed with 1 thread"
    assert lines[5].startswith("golden vectors, y: at most ")
    assert lines[6:] == [
        "kept in float32: no weight",
        f"written: {Path('own') / 'model.int8.onnx'}",
    ]
    assert (own / "model.int8.onnx").is_file()
    assert file_problems(open_bundle(own)) == ()


def test_a_score_over_the_budget_is_a_failed_check(run: Any, own: Path) -> None:
    before = sorted(path.name for path in own.iterdir())
    words = ("own", "--precision", "int8", "--data", "rows.npz", *QUICK)
    code, out, err = run("optimize", *words, "--max-metric-drop", "0")
    assert (code, err) == (1, "")
    *_, fail, nothing = out.splitlines()
    assert fail.startswith("FAIL y agreement goes from 1 to 0.9")
    assert fail.endswith(", where --max-metric-drop allows 0.00%")
    assert nothing == "nothing was written; allow more, or choose another --precision"
    assert sorted(path.name for path in own.iterdir()) == before


def test_a_model_of_the_zoo_is_judged_by_its_own_scores(
    run: Any, bundles: Path, tmp_path: Path
) -> None:
    shutil.copytree(bundles / "medical", tmp_path / "medical")
    words = ("medical", "--precision", "float16", *QUICK, "--json")
    code, out, err = run("optimize", *words, before="import os; os.environ.pop('KERAS_BACKEND')")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["passed"]
    assert [(c["output"], c["metric"]) for c in document["changes"]] == [
        ("diagnosis_output", "balanced_accuracy"),
        ("diagnosis_output", "accuracy"),
        ("risk_output", "mae"),
    ]
    assert document["kept"] == ["all arithmetic"]


def test_a_folder_without_a_bundle_is_an_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert run("optimize", "b", "--precision", "int8") == (
        2,
        "",
        "error: this folder is no bundle: there is no manifest.json in it\n"
        "  where:  b\n"
        "  remedy: export the model again with `mimo-portable export`\n",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--max-metric-drop", "2"), "argument --max-metric-drop: 2 is not from 0 to 1"),
        (("--rounds", "0"), "argument --rounds: 0 is not a number above 0"),
        (("--seed", "x"), "argument --seed: x is not a whole number"),
    ],
)
def test_impossible_options_are_refused(run: Any, words: tuple[str, str], message: str) -> None:
    code, out, err = run("optimize", "b", "--precision", "int8", *words)
    assert (code, out) == (2, "")
    assert err.endswith(f"error: {message}\n")
