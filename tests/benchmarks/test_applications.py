"""The benchmark of keras.applications: its table, and one small model through the whole of it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict

import keras
import numpy as np
import pytest


@pytest.fixture(scope="module")
def applications(load_script):
    return load_script("applications")


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX compiles each of its operations alone"
)
def test_a_small_model_agrees(applications, tmp_path):
    result = applications.measure("MobileNetV2", tmp_path, alpha=0.35, classes=10)
    assert result.error == ""
    assert (result.model, result.size, result.parameters) == ("MobileNetV2", 32, 423_018)
    assert result.nodes == 100
    assert result.difference <= 1e-5 or result.exact <= 2 * result.rounding
    assert list(tmp_path.iterdir()) == []


def test_every_model_is_known(applications):
    names = applications.names()
    assert len(names) >= 38
    assert {"ConvNeXtTiny", "DenseNet121", "NASNetMobile", "VGG16", "Xception"} <= set(names)


def test_a_difference_is_measured_beyond_the_relative_tolerance(applications):
    wanted = np.array([[4.0, -1.0]], "float32")
    assert applications.difference(wanted, wanted) == 0
    found = wanted + np.array([[0.0, 2e-3]], "float32")
    assert applications.difference(found, wanted) == pytest.approx((2e-3 - 1e-5) / 4, rel=1e-3)


@pytest.mark.parametrize(
    ("worst", "response", "exact", "rounding", "error"),
    [
        (1e-6, 0.5, None, None, ""),
        (2e-5, 0.5, 1e-5, 2e-5, ""),
        (2e-5, 0.5, 5e-5, 2e-5, "differs by 2e-05"),
        (float("nan"), 0.5, float("nan"), 0.0, "differs by nan"),
        (0.0, 1e-7, None, None, "the scores do not depend on the picture"),
    ],
)
def test_a_problem_is_what_the_file_adds_to_keras(
    applications, worst, response, exact, rounding, error
):
    assert applications._problem(worst, response, exact, rounding) == error


def test_complete_results_are_only_read(applications, tmp_path, capsys):
    results = [
        applications.Result("VGG16", 32, 34_000_000, 40, 1.25, 2e-5, 0.5, 900.0, 1e-5, 1.5e-5),
        applications.Result("Xception", error="differs by 0.1"),
    ]
    for result in results:
        (tmp_path / f"{result.model}.json").write_text(json.dumps(asdict(result)))
    assert applications.main(["--out", str(tmp_path), "VGG16"]) == 0
    assert applications.main(["--out", str(tmp_path), "VGG16", "Xception"]) == 1
    lines = (tmp_path / "applications.md").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "| model | input | parameters | operators | export | largest difference | from float64 "
        "| Keras from float64 | response | peak memory | agrees |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| VGG16 | 32 x 32 | 34.0 M | 40 | 1.2 s | 2.0e-05 | 1.0e-05 | 1.5e-05 | 0.5 | 900 MB "
        "| yes |",
        "| Xception | 0 x 0 | 0.0 M | 0 | 0.0 s | 0.0e+00 |  |  | 0 | 0 MB | differs by 0.1 |",
    ]
    assert capsys.readouterr().out.endswith("\n".join(lines) + "\n")


def test_a_model_whose_process_dies_is_a_row(applications, tmp_path, monkeypatch, capsys):
    def die(command, **_):
        return subprocess.CompletedProcess(command, -9, stderr="one\nout of memory\n")

    monkeypatch.setattr(applications.subprocess, "run", die)
    assert applications.main(["--out", str(tmp_path), "VGG16"]) == 1
    assert "ended with -9: out of memory |" in capsys.readouterr().out
