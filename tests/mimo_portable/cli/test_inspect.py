from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_a_bundle_is_shown_with_units_and_labels(run: Any, bundle: Path) -> None:
    code, out, err = run("inspect", bundle)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["name", "shape", "dtype", "meaning", "unit", "labels"]
    assert lines[1] == ["input", "pressure", "(4)", "float32", "systolic", "mmHg"]
    assert lines[2] == ["output", "class", "(3)", "float32", "low,", "normal,", "high"]
    assert ["onnx", "opset", "ai.onnx", "17"] in lines


def test_json_of_an_onnx_file_counts_operators(run: Any, bundle: Path) -> None:
    code, out, _ = run("inspect", bundle / "model.onnx", "--json")
    document = json.loads(out)
    assert (code, document["kind"]) == (0, "onnx")
    assert document["nodes"] == sum(document["operators"].values())


def test_a_keras_file_is_shown_with_its_layers(run: Any, trained: Path) -> None:
    code, out, err = run("inspect", trained / "model.keras")
    assert (code, err) == (0, "")
    assert "Dense 3" in out
    assert "parameters" in out


def test_a_missing_path_is_an_error(run: Any) -> None:
    assert run("inspect", "none.onnx") == (
        2,
        "",
        "error: there is no such file\n  where:  none.onnx\n  remedy: check the path\n",
    )
