from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_a_project_is_written_and_its_place_is_printed(
    run: Any, bundle: Path, tmp_path: Path
) -> None:
    assert run("embed", bundle, "--lang", "node", "-o", "project") == (
        0,
        "project: project; its README.md says how to build and run it\n",
        "",
    )
    client = (tmp_path / "project/src/client.ts").read_text(encoding="utf-8")
    assert 'readonly pressure: Input<"float32">;' in client
    assert "systolic [mmHg]" in client
    assert 'classOutput: ["low", "normal", "high"],' in client


def test_the_files_are_listed_as_json(run: Any, bundle: Path, tmp_path: Path) -> None:
    code, out, err = run("embed", bundle, "--lang", "node", "-o", "project", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert (document["project"], document["language"]) == ("project", "node")
    there = (path for path in (tmp_path / "project").rglob("*") if path.is_file())
    assert sorted(document["files"]) == sorted(
        path.relative_to(tmp_path / "project").as_posix() for path in there
    )


def test_an_unknown_language_is_one_block(run: Any, bundle: Path, tmp_path: Path) -> None:
    code, out, err = run("embed", bundle, "--lang", "cobol", "-o", "project")
    assert (code, out) == (2, "")
    assert err.startswith("error: 'cobol' is no language\n  remedy: choose from ")
    assert not (tmp_path / "project").exists()


def test_a_folder_with_something_else_is_left_alone(run: Any, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "mine").write_text("mine")
    assert run("embed", bundle, "--lang", "node", "-o", "project") == (
        2,
        "",
        "error: there is something else already, which is not overwritten\n"
        "  where:  project\n"
        "  remedy: choose another folder, or remove this one\n",
    )
    assert (tmp_path / "project" / "mine").read_text() == "mine"


def test_a_servers_layout_is_written(run: Any, bundle: Path, tmp_path: Path) -> None:
    assert run("embed", bundle, "--layout", "triton", "-o", "repository") == (
        0,
        "triton: repository\n",
        "",
    )
    (config,) = (tmp_path / "repository").glob("*/config.pbtxt")
    assert 'backend: "onnxruntime"' in config.read_text(encoding="utf-8")
    code, out, _ = run("embed", bundle, "--layout", "mlflow", "-o", "model", "--json")
    assert (code, json.loads(out)["layout"]) == (0, "mlflow")
