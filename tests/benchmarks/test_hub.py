"""The table of KerasHub's models, and the processes that fill it."""

from __future__ import annotations

import importlib
import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def hub():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("hub")


def test_nobody_is_to_blame_where_keras_differs_from_itself_or_a_model_must_be_refused(hub):
    results = [
        hub.Result("A", "tensorflow", sha256="1"),
        hub.Result("A", "torch", sha256="1", error="differs by 0.5"),
        hub.Result("B", "torch", sha256="2", error="differs by 0.1"),
        hub.Result("VGGBackbone", "torch", error="refused: no"),
        hub.Result("DepthAnythingBackbone", "torch", error="refused: no"),
    ]
    judged = hub.judged(results)
    assert [result.error for result in judged] == [
        "",
        "Keras cannot agree with itself on tensorflow: differs by 0.5",
        "differs by 0.1",
        "refused: no",
        "as expected, refused: no",
    ]
    assert [result.failed for result in judged] == [False, False, True, True, False]


def test_complete_results_are_only_read(hub, tmp_path, capsys):
    results = [
        hub.Result("VGGBackbone", "jax", 1500, 12, 0.2, 1e-7, 0.5, None, None, None, "ab"),
        hub.Result("VGGBackbone", "torch", 1500, 12, 0.3, 2e-5, 0.5, None, 1e-5, 2e-5, "ab"),
        hub.Result("T5Backbone", "jax", 99, error="it cannot be exported: a | b"),
        hub.Result("T5Backbone", "torch", 99, 7, 0.1, 0.0, 1.0, 0.25, None, None, "cd"),
    ]
    for result in results:
        folder = tmp_path / result.backend
        folder.mkdir(exist_ok=True)
        (folder / f"{result.model}.json").write_text(json.dumps(asdict(result)))
    common = ["--out", str(tmp_path), "--backends", "jax,torch"]
    assert hub.main([*common, "VGGBackbone"]) == 0
    capsys.readouterr()
    assert hub.main([*common, "--page", str(tmp_path / "P.md"), "VGGBackbone", "T5Backbone"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "| model | parameters | operators | export | response | mask | jax | torch | one file "
        "| agrees |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| VGGBackbone | 1500 | 12 | 0.2 s | 0.5 |  | 1.0e-07 "
        "| 2.0e-05 (1.0e-05, Keras 2.0e-05 from float64) | yes | yes |",
        "| T5Backbone | 99 | 7 | 0.1 s | 1 | 0.25 |  | 0.0e+00 | yes "
        "| jax: it cannot be exported: a \\| b |",
    ]
    assert (tmp_path / "P.md").read_text(encoding="utf-8").startswith("# The backbones of KerasHub")


def test_a_process_that_dies_leaves_the_rest_to_the_next(hub, tmp_path, monkeypatch, capsys):
    calls = []

    def run(command, env, **_):
        names = command[command.index("--out") + 2 :]
        calls.append((env["KERAS_BACKEND"], names))
        if names[0] == "VGGBackbone":
            hub.write(hub.Result("VGGBackbone", "jax", error="it cannot be exported"), out, "begun")
            return subprocess.CompletedProcess(command, -9, stderr="one\nout of memory\n")
        hub.write(hub.Result(names[0], "jax", sha256="ab"), out)
        return subprocess.CompletedProcess(command, 0, stderr="")

    out = tmp_path / "jax"
    monkeypatch.setattr(hub.subprocess, "run", run)
    arguments = ["--out", str(tmp_path), "--backends", "jax", "VGGBackbone", "T5Backbone"]
    assert hub.main(arguments) == 1
    assert calls == [("jax", ["VGGBackbone", "T5Backbone"]), ("jax", ["T5Backbone"])]
    written = capsys.readouterr().out
    assert "jax: it cannot be exported: ended with -9: out of memory |" in written
