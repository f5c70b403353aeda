"""`mimo-portable train`, on noise and small networks."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys

import keras
import numpy as np
import pytest
from tiny_models import tiny_dataset

from mimo_portable import cli
from mimo_portable.training import job, memory


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """Say what the process of the tests was asked to keep, and let it stay as it is."""
    asked = []
    monkeypatch.setattr(memory, "keep_freed", lambda: asked.append("freed memory"))
    return asked


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Give the words that train a small medical network on the backend of this process."""
    monkeypatch.setattr(job.data, "load", lambda spec, source, **_: tiny_dataset(spec))
    return [
        *("train", "medical", "--out", str(tmp_path / "run"), "--epochs", "1"),
        *("--batch-size", "8", "--config", "filters=3", "--backend", keras.config.backend()),
    ]


@pytest.fixture
def perfect(monkeypatch):
    """Let predictions be the targets, so that every baseline is beaten."""
    monkeypatch.setattr(job, "predict", lambda model, spec, dataset: dataset.test.targets)


@pytest.fixture
def useless(monkeypatch):
    """Let the diagnosis always be the same, and the risk be right."""

    def constant(model, spec, dataset):
        targets = dataset.test.targets
        return {**targets, "diagnosis_output": np.eye(3)[np.zeros(len(dataset.test), int)]}

    monkeypatch.setattr(job, "predict", constant)


def test_scores_stand_beside_the_baseline(command, perfect, capsys, tmp_path):
    assert cli.main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"medical (reference) on {keras.config.backend()}, 1 epochs, ")
    assert lines[1] == "test part of noise (simulated, 7 samples)"
    assert [line.split() for line in lines[3:7]] == [
        ["output", "score", "model", "baseline", "which", "is"],
        ["diagnosis_output", "balanced_accuracy", "1", "0.3333", "majority"],
        ["diagnosis_output", "accuracy", "1", lines[5].split()[3], "majority"],
        ["risk_output", "mae", "0", lines[6].split()[3], "median"],
    ]
    assert lines[-1] == f"saved in {tmp_path / 'run'}"


def test_memory_that_a_step_frees_is_kept(command, perfect, kept):
    cli.main(command)
    assert kept == ["freed memory"]


def test_progress_goes_to_standard_error(command, perfect, capsys):
    cli.main(command)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("epoch 1/1  ")
    assert "  val_loss " in line


def test_a_baseline_that_is_not_beaten_is_said(command, useless, capsys):
    assert cli.main(command) == 1
    out = capsys.readouterr().out
    assert (
        "NOT BEATEN: 'diagnosis_output' is no better than the trivial baseline 'majority' in "
        "balanced_accuracy\n"
    ) in out
    assert "'risk_output'" not in out


def test_json_is_the_metrics_file(command, perfect, capsys, tmp_path):
    assert cli.main([*command, "--json"]) == 0
    saved = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert json.loads(capsys.readouterr().out) == saved


def test_words_reach_the_run(command, perfect, tmp_path):
    cli.main([*command, "--seed", "7", "--config", "dense_units=5"])
    asked = json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))
    assert asked["seed"] == 7
    assert asked["recipe"]["epochs"] == 1
    assert asked["recipe"]["batch_size"] == 8
    assert (asked["config"]["filters"], asked["config"]["dense_units"]) == ([3], 5)


def test_data_and_variant_reach_the_loader(command, perfect, monkeypatch):
    seen = []

    def load(spec, source, *, variant, seed):
        seen.append((spec.name, source, variant, seed))
        return tiny_dataset(spec)

    monkeypatch.setattr(job.data, "load", load)
    cli.main([*command, "--data", "here.npz", "--variant", "hard", "--seed", "2"])
    assert seen == [("medical", "here.npz", "hard", 2)]


def test_an_unknown_model_is_answered_at_once(capsys, tmp_path):
    assert cli.main(["train", "weather", "--out", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err == (
        "error: there is no model 'weather'\n"
        "  where:  the zoo\n"
        "  remedy: choose one of: sentiment, forecast, medical\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_backend_that_is_not_there_is_answered_with_its_command(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert cli.main(["train", "medical", "--backend", "torch", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "error: backend 'torch' is not installed\n"
        f"  where:  {sys.executable}\n"
        "  remedy: pip install 'mimo-portable[torch]'\n"
    )


def test_a_second_backend_in_one_process_is_refused(monkeypatch, capsys, tmp_path):
    here = keras.config.backend()
    other = "jax" if here == "torch" else "torch"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setenv("KERAS_BACKEND", here)
    assert cli.main(["train", "medical", "--backend", other, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: this process runs Keras on '{here}' already, not on '{other}'\n"
        "  where:  a backend is chosen once per process\n"
        "  remedy: start a new process for another backend\n"
    )


@pytest.mark.parametrize("words", [["--epochs", "0"], ["--batch-size", "-1"], ["--seed", "-1"]])
def test_impossible_numbers_are_usage(command, words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([*command, *words])
    assert stop.value.code == 2
    assert "or more, got" in capsys.readouterr().err


def test_a_terminal_sees_the_batches(command, perfect, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    cli.main(command)
    err = capsys.readouterr().err
    assert err.startswith(
        "\r\x1b[Kepoch 1/1  batch 1/2\r\x1b[Kepoch 1/1  batch 2/2\r\x1b[Kepoch 1/1  "
    )


def test_labels_of_the_data_reach_the_folder(command, perfect, monkeypatch, tmp_path):
    labels = {"diagnosis_output": ("a", "b", "c")}
    monkeypatch.setattr(
        job.data,
        "load",
        lambda spec, source, **_: dataclasses.replace(tiny_dataset(spec), labels=labels),
    )
    cli.main(command)
    spec = json.loads((tmp_path / "run" / "spec.json").read_text(encoding="utf-8"))
    assert spec["outputs"][0]["labels"] == ["a", "b", "c"]
