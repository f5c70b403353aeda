"""The table of the real sets, from made-up metrics."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def real_sets(load_script):
    return load_script("real_sets")


def metrics(score, *, beaten=True):
    output = {
        "scores": {"balanced_accuracy": score, "accuracy": 0.75},
        "baseline": "majority",
        "baseline_scores": {"balanced_accuracy": 1 / 3, "accuracy": 0.5825},
        "compared": "balanced_accuracy",
        "beaten": beaten,
    }
    data = {"name": "icu", "origin": "semi-real", "samples": {"test": 1097}}
    return {"data": data, "outputs": {"diagnosis_output": output}, "beaten": beaten}


def test_a_row_is_a_score_and_a_column_a_backend(real_sets):
    run = real_sets.Run
    text = real_sets.table(
        {
            run("medical", "strong", "jax"): metrics(0.85),
            run("medical", "strong", "torch"): metrics(0.25, beaten=False),
        }
    )
    assert text.splitlines() == [
        "| model | configuration | test data | output | score | baseline | jax | torch |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        "| medical | strong | icu (semi-real, 1097) | diagnosis_output | balanced_accuracy "
        "| 0.3333 (majority) | 0.85 | 0.25* |",
        "| medical | strong | icu (semi-real, 1097) | diagnosis_output | accuracy "
        "| 0.5825 (majority) | 0.75 | 0.75 |",
    ]


@pytest.mark.parametrize(("beaten", "code"), [(True, 0), (False, 1)])
def test_complete_runs_are_only_read(real_sets, tmp_path, capsys, beaten, code):
    folder = tmp_path / "jax" / "medical-strong"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(metrics(0.85, beaten=beaten)))
    words = ["--data", "nowhere", "--out", str(tmp_path), "--models", "medical"]
    words += ["--configurations", "strong", "--backends", "jax"]
    assert real_sets.main(words) == code
    assert capsys.readouterr().out == (tmp_path / "real_sets.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("started", "more"), [(False, []), (True, ["--resume"])])
def test_a_missing_run_is_trained_or_resumed(real_sets, tmp_path, monkeypatch, started, more):
    folder = tmp_path / "torch" / "forecast-reference"
    folder.mkdir(parents=True)
    if started:
        (folder / "config.json").touch()
    seen = []

    def train(command, **_):
        seen.append(command[1:])
        (folder / "metrics.json").write_text(json.dumps(metrics(0.85)))
        return real_sets.subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(real_sets.subprocess, "run", train)
    words = ["--data", "D", "--out", str(tmp_path), "--models", "forecast"]
    real_sets.main([*words, "--configurations", "reference", "--backends", "torch"])
    assert seen == [
        [
            *("-m", "mimo_portable", "train", "forecast", "--backend", "torch"),
            *("--configuration", "reference", "--data", "D", "--out", str(folder)),
            *more,
        ]
    ]


def test_a_run_that_fails_ends_the_job(real_sets, tmp_path, monkeypatch):
    monkeypatch.setattr(
        real_sets.subprocess,
        "run",
        lambda command, **_: real_sets.subprocess.CompletedProcess(command, 2),
    )
    with pytest.raises(SystemExit) as stop:
        real_sets.main(["--data", "D", "--out", str(tmp_path)])
    assert stop.value.code == 2


def test_complete_runs_are_exported_and_verified(real_sets, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "jax" / "medical-strong"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(metrics(0.85)))
    bundle = tmp_path / "bundles" / "jax" / "medical-strong"
    seen = []

    def run(command, **_):
        seen.append(command[3:])
        rows = [
            {"passing_tolerance": 2e-7, "gates": True},
            {"passing_tolerance": 3e-7, "gates": True},
            {"passing_tolerance": 1.0, "gates": False},
        ]
        report = {"stored": {"rows": rows[:1]}, "fresh": {"rows": rows[1:]}}
        return real_sets.subprocess.CompletedProcess(command, 0, stdout=json.dumps(report))

    monkeypatch.setattr(real_sets.subprocess, "run", run)
    real_sets.main(["--data", "D", "--out", str(tmp_path), "--finished", "--verify"])
    assert seen == [["export", str(folder), "-o", str(bundle)], ["verify", str(bundle), "--json"]]
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "| model | configuration | jax | torch | tensorflow |",
        "| --- | --- | --- | --- | --- |",
        "| medical | strong | 3.0e-07 | not run | not run |",
    ]


def test_a_bundle_that_does_not_verify_ends_the_job(real_sets, tmp_path, monkeypatch):
    folder = tmp_path / "jax" / "medical-strong"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(metrics(0.85)))
    monkeypatch.setattr(
        real_sets.subprocess,
        "run",
        lambda command, **_: real_sets.subprocess.CompletedProcess(command, 1),
    )
    with pytest.raises(SystemExit) as stop:
        real_sets.main(["--data", "D", "--out", str(tmp_path), "--finished", "--verify"])
    assert stop.value.code == 1
