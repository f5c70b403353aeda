"""A run from plan to folder, on a file of one's own so small that it takes seconds."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tiny_models
from tiny_models import OPTIONS, tiny_dataset

from mimo_portable import zoo
from mimo_portable.errors import ConfigError, RunFolderError
from mimo_portable.specs import ModelSpec
from mimo_portable.training import Plan, job
from mimo_portable.training.job import described, ignore


@pytest.fixture(scope="module", autouse=True)
def noise():
    """Let every run load noise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job.data, "load", lambda spec, source, **_: tiny_dataset(spec))
        yield


@pytest.fixture(scope="module")
def plan():
    """Plan a small run of the medical model."""
    return Plan("medical", options=OPTIONS["medical"], recipe={"epochs": 2, "batch_size": 8})


@pytest.fixture(scope="module")
def finished(plan, noise, tmp_path_factory):
    """Carry the plan out."""
    return job.run(plan, tmp_path_factory.mktemp("run"), resume=False, report=ignore)


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_the_folder_holds_all_that_a_run_promises(finished):
    found = [str(path.relative_to(finished.folder)) for path in finished.folder.rglob("*.*")]
    assert sorted(found) == [
        "checkpoints/latest.npz",
        "config.json",
        "history.json",
        "metrics.json",
        "model.keras",
        "spec.json",
    ]


def test_metrics_stand_beside_the_baseline(finished):
    metrics = read(finished.folder, "metrics.json")
    assert metrics == json.loads(json.dumps(finished.metrics))
    assert {key: metrics[key] for key in ("model", "configuration", "seed", "backend")} == {
        "model": "medical",
        "configuration": "reference",
        "seed": 0,
        "backend": keras.config.backend(),
    }
    assert metrics["data"] == {
        "name": "noise",
        "origin": "simulated",
        "source": "Random numbers.",
        "samples": {"train": 20, "validation": 9, "test": 7},
    }
    assert metrics["versions"]["keras"] == keras.__version__
    assert list(metrics["outputs"]) == ["diagnosis_output", "risk_output"]
    diagnosis = metrics["outputs"]["diagnosis_output"]
    assert diagnosis["baseline"] == "majority"
    assert diagnosis["compared"] == "balanced_accuracy"
    assert list(diagnosis["scores"]) == list(diagnosis["baseline_scores"])
    assert metrics["beaten"] == all(output["beaten"] for output in metrics["outputs"].values())


def test_the_history_has_one_record_an_epoch(finished):
    history = read(finished.folder, "history.json")
    assert len(history) == 2
    assert {"loss", "val_loss", "risk_output_loss"} <= set(history[0])


def test_the_saved_model_has_the_best_weights_and_the_names_of_the_contract(finished):
    model = keras.saving.load_model(finished.folder / "model.keras")
    assert [tensor.name for tensor in model.inputs] == ["ecg_input", "bp_input"]
    assert list(model.output) == ["diagnosis_output", "risk_output"]
    assert not model.compiled
    with np.load(finished.folder / "checkpoints" / "latest.npz") as saved:
        for i, value in enumerate(model.get_weights()):
            np.testing.assert_array_equal(value, saved[f"best_{i}"])


def test_the_contract_has_the_labels_and_units_of_the_data():
    spec = zoo.find("medical").spec
    dataset = dataclasses.replace(
        tiny_dataset(spec),
        labels={"diagnosis_output": ("slow", "normal", "fast")},
        units={"bp_input": "kPa", "risk_output": "share"},
    )
    told = described(spec, dataset)
    assert [t.unit for t in told.inputs] == ["microvolts", "kPa"]
    assert [(t.unit, t.labels) for t in told.outputs] == [
        ("", ("slow", "normal", "fast")),
        ("share", ()),
    ]


def test_the_contract_beside_the_model_is_read_back(finished):
    assert ModelSpec.from_dict(read(finished.folder, "spec.json")) == zoo.find("medical").spec


def test_words_are_saved_where_there_is_text(monkeypatch, tmp_path):
    def load_words(spec, source, **_):
        return dataclasses.replace(tiny_dataset(spec), vocabulary={"text_input": ("ina", "ƙauna")})

    monkeypatch.setattr(job.data, "load", load_words)
    plan = Plan("sentiment", options=OPTIONS["sentiment"], recipe={"epochs": 1})
    job.run(plan, tmp_path, resume=False, report=ignore)
    assert read(tmp_path, "vocabulary.json") == {"text_input": ["ina", "ƙauna"]}


def test_statistics_of_the_data_become_part_of_the_model(tmp_path):
    plan = Plan("forecast", options=OPTIONS["forecast"], recipe={"epochs": 1})
    job.run(plan, tmp_path, resume=False, report=ignore)
    config = read(tmp_path, "config.json")["config"]
    assert (config["mean"], config["variance"], config["lstm_units"]) == (300.0, 400.0, 4)


def test_the_same_plan_gives_the_same_model(finished, plan, tmp_path):
    again = job.run(plan, tmp_path, resume=False, report=ignore)
    assert again.scores == finished.scores
    assert read(tmp_path, "history.json") == read(finished.folder, "history.json")


def test_a_folder_with_a_run_is_not_overwritten(finished, plan):
    before = (finished.folder / "model.keras").read_bytes()
    with pytest.raises(RunFolderError) as error:
        job.run(plan, finished.folder, resume=False, report=ignore)
    assert str(error.value) == (
        "the folder holds a run already\n"
        f"  where:  {finished.folder}\n"
        "  remedy: add --resume to go on with it, or choose another folder"
    )
    assert (finished.folder / "model.keras").read_bytes() == before


def test_resuming_a_finished_run_tells_the_same_again(finished, plan):
    again = job.run(plan, finished.folder, resume=True, report=ignore)
    assert again.scores == finished.scores


def test_nothing_to_resume_is_said(plan, tmp_path):
    with pytest.raises(RunFolderError) as error:
        job.run(plan, tmp_path / "none", resume=True, report=ignore)
    assert str(error.value) == (
        "there is no run to resume\n"
        f"  where:  {tmp_path / 'none'}\n"
        "  remedy: leave out --resume to start one, or name the folder of the run"
    )
    assert not (tmp_path / "none").exists()


def test_another_plan_is_not_resumed(finished, plan):
    with pytest.raises(RunFolderError) as error:
        job.run(dataclasses.replace(plan, seed=3), finished.folder, resume=True, report=ignore)
    assert str(error.value) == (
        "the run was started with seed 0, and is to be resumed with 3\n"
        f"  where:  {finished.folder / 'config.json'}\n"
        "  remedy: resume with the words it was started with, or choose another folder"
    )


def test_an_unknown_option_makes_no_folder(plan, tmp_path):
    with pytest.raises(ConfigError):
        job.run(
            dataclasses.replace(plan, options=("colour=red",)),
            tmp_path / "run",
            resume=False,
            report=ignore,
        )
    assert not (tmp_path / "run").exists()


# Trains a small network on noise in slow epochs, so that the parent can kill it within one.
_SLOW_RUN = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import tiny_models
from mimo_portable.training import Plan, job
job.data.load = lambda spec, source, **_: tiny_models.tiny_dataset(spec)
def report(progress):
    print(progress.epoch, progress.step, bool(progress.measured), flush=True)
    time.sleep({pause})
plan = Plan("medical", options=("filters=3", "dropout=0.5"), recipe=dict(epochs=4, batch_size=8))
job.run(plan, Path({folder!r}), resume={resume}, report=report)
"""


def _start(folder, *, pause, resume):
    tests = str(Path(tiny_models.__file__).parent)
    code = _SLOW_RUN.format(tests=tests, folder=str(folder), pause=pause, resume=resume)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_a_killed_process_loses_nothing(tmp_path):
    whole = _start(tmp_path / "whole", pause=0, resume=False)
    with _start(tmp_path / "killed", pause=0.2, resume=False) as killed:
        for line in killed.stdout:
            if line == "3 1 False\n":
                os.kill(killed.pid, signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert whole.communicate()[0].count("True") == 4
    assert not (tmp_path / "killed" / "metrics.json").exists()

    lines = _start(tmp_path / "killed", pause=0, resume=True).communicate()[0].splitlines()
    assert [line.split()[0] for line in lines] == ["3", "3", "3", "4", "4", "4"]
    assert read(tmp_path / "killed", "history.json") == read(tmp_path / "whole", "history.json")
    with (
        np.load(tmp_path / "killed" / "checkpoints" / "latest.npz") as got,
        np.load(tmp_path / "whole" / "checkpoints" / "latest.npz") as expected,
    ):
        assert list(got) == list(expected)
        for name in expected:
            np.testing.assert_array_equal(got[name], expected[name], err_msg=name)
