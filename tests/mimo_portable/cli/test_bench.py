from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mimo_export.errors import MimoExportError
from mimo_portable.cli import main

QUICK = ("--peer", "mimo-portable", "--batch", "1", "2", "--threads", "1", "--rounds", "2")


def test_a_bundle_is_timed(run: Any, bundle: Path) -> None:
    code, out, err = run("bench", bundle, *QUICK)
    assert (code, err) == (0, "")
    assert out.startswith("peer           KB  nodes  conversion s  load ms, 1 thread  peak MB\n")
    assert "\nbatch 1, 1 thread:\npeer           median ms  " in out
    assert "\nbatch 2, 1 thread:\n" in out
    assert "\none sample is " in out


def test_json_has_every_figure(run: Any, bundle: Path) -> None:
    code, out, _ = run("bench", bundle, *QUICK, "--json")
    document = json.loads(out)
    assert (code, document["passed"]) == (0, True)
    assert [(cell["batch"], cell["threads"]) for cell in document["cells"]] == [(1, 1), (2, 1)]
    assert document["cells"][0]["ratio"]["median"] == 1.0


def test_a_file_that_differs_from_keras_is_a_failed_check(run: Any, bundle: Path) -> None:
    code, out, err = run("bench", bundle, *QUICK, "--atol", "0", "--rtol", "0", "--json")
    document = json.loads(out)
    wrong = [cell["wrong"] for cell in document["cells"] if cell["wrong"]]
    assert (code, err) == (1 if wrong else 0, "")


def test_an_unknown_peer_is_an_error(run: Any, bundle: Path) -> None:
    code, out, err = run("bench", bundle, "--peer", "none")
    assert (code, out) == (2, "")
    assert err.startswith("error: there is no peer 'none'\n  remedy: choose from: mimo-portable; ")


def test_a_folder_without_a_bundle_is_an_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert run("bench", "b") == (
        2,
        "",
        "error: this folder is no bundle: there is no manifest.json in it\n"
        "  where:  b\n"
        "  remedy: export the model again with `mimo-portable export`\n",
    )


def test_a_batch_of_none_is_refused(run: Any, bundle: Path) -> None:
    code, out, err = run("bench", bundle, "--batch", "0")
    assert (code, out) == (2, "")
    assert err.endswith("error: argument --batch: 0 is not a number above 0\n")


def test_whose_code_may_run_is_told_to_every_process(monkeypatch: Any) -> None:
    told: list[Any] = []

    def bench_bundle(_: Path, settings: Any, **__: Any) -> Any:
        told.append(settings.imports)
        raise MimoExportError("enough")

    monkeypatch.setattr("mimo_export.bench.bench_bundle", bench_bundle)
    assert main(["bench", "b", "--import", "mine", "--unsafe-lambda"]) == 2
    assert told == [("mine", "--unsafe-lambda")]
