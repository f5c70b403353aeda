from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimo_export import manifest
from mimo_export.bench.turns import Effort
from mimo_export.errors import BundleError, InputError
from mimo_export.onnx_runtime import OnnxModel
from mimo_export.optimize import PRECISIONS, Settings, Task, optimize_bundle
from mimo_export.optimize.job import PAPER

QUICK = Settings(max_drop=1.0, effort=Effort(rounds=3, seconds=0.001))


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_smaller_file_stands_beside_the_original(copy: Path, task: Task, precision: str) -> None:
    before = files(copy)
    found = optimize_bundle(copy, precision, task, QUICK)
    after = files(copy)
    assert found.passed
    assert found.sizes == (len(before["model.onnx"]), len(after[f"model.{precision}.onnx"]))
    assert found.sizes[1] < 0.6 * found.sizes[0]
    assert [item.batch for item in found.latencies] == [1, 32]
    papers = {"README.md", "manifest.json"}
    assert {name for name in before if before[name] != after[name]} == papers
    assert after.keys() - before.keys() == {f"model.{precision}.onnx", PAPER}
    opened = manifest.open_bundle(copy)
    assert manifest.file_problems(opened) == ()
    assert OnnxModel(copy / found.file).contract_problems(opened.signature) == ()


def test_the_card_and_the_paper_have_every_file(copy: Path, task: Task) -> None:
    old = (copy / "README.md").read_text(encoding="utf-8")
    for precision in ("int8", "float16", "int8"):
        optimize_bundle(copy, precision, task, QUICK)
    names = ["model.float16.onnx", "model.int8.onnx"]
    assert list(json.loads((copy / PAPER).read_text(encoding="utf-8"))) == names
    card = (copy / "README.md").read_text(encoding="utf-8")
    assert card.startswith(old.rstrip() + "\n\n## Smaller files\n")
    assert card.count("## Smaller files") == 1
    assert [card.count(f"| `{name}` |") for name in names] == [1, 1]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_same_bundle_and_options_give_the_same_bytes(
    copy: Path, large: Path, task: Task, precision: str, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(large, tmp_path / "other"))
    for folder in (copy, other):
        optimize_bundle(folder, precision, task, QUICK)
    assert files(copy) == files(other)


def test_a_score_over_the_budget_leaves_the_bundle_as_it_was(copy: Path, task: Task) -> None:
    before = files(copy)
    score = task.score

    def worse(outputs: Any, original: Any) -> Any:
        (found,) = score(outputs, original)
        lost = 0.0 if outputs is original else 0.02 * found.value
        return [dataclasses.replace(found, value=found.value + lost)]

    settings = dataclasses.replace(QUICK, max_drop=0.001)
    found = optimize_bundle(copy, "int8", dataclasses.replace(task, score=worse), settings)
    assert not found.passed
    assert found.worst.drop > 0.001
    assert files(copy) == before
    assert list(copy.parent.iterdir()) == [copy]


def test_an_empty_batch_still_gives_empty_outputs(copy: Path, task: Task) -> None:
    optimize_bundle(copy, "int8", task, QUICK)
    inputs = {name: array[:0] for name, array in task.inputs.items()}
    outputs = OnnxModel(copy / "model.int8.onnx").run(inputs)
    assert [array.shape for array in outputs.values()] == [(0, 1), (0, 3)]


def test_integers_are_cast_to_the_contract(copy: Path, task: Task) -> None:
    inputs = {**task.inputs, "words": task.inputs["words"].astype("uint8")}
    assert optimize_bundle(copy, "int8", dataclasses.replace(task, inputs=inputs), QUICK).passed


def refusal(folder: Path, precision: str, task: Task) -> str:
    with pytest.raises((InputError, BundleError)) as caught:
        optimize_bundle(folder, precision, task, QUICK)
    return str(caught.value)


def test_an_unknown_precision_is_refused(copy: Path, task: Task) -> None:
    assert refusal(copy, "int4", task) == (
        "'int4' is not known\n  remedy: choose from float16, int8, int8-static"
    )


def test_no_rows_are_refused(copy: Path, task: Task) -> None:
    none = {name: array[:0] for name, array in task.inputs.items()}
    assert refusal(copy, "int8", dataclasses.replace(task, inputs=none)) == (
        "there are no rows to score the model on\n  where:  forty rows\n"
        "  remedy: give data with at least one row"
    )
    assert refusal(copy, "int8-static", dataclasses.replace(task, calibration=none)) == (
        "there are no rows to calibrate with\n  where:  forty rows\n"
        "  remedy: give training data, or choose --precision int8, which needs none"
    )


def test_an_altered_bundle_is_refused(copy: Path, task: Task) -> None:
    (copy / "README.md").unlink()
    assert refusal(copy, "int8", task) == (
        "the bundle's files are not what was published: README.md is missing\n"
        f"  where:  {copy}\n"
        "  remedy: `mimo-portable verify` shows all that differs; export the model again"
    )


def test_weights_in_a_file_of_their_own_are_refused(
    copy: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "model.onnx.data").touch()
    monkeypatch.setattr(manifest, "file_problems", lambda _: ())
    assert refusal(copy, "int8", task) == (
        "the model's weights are in a file of their own, which onnxruntime's tools do not take\n"
        f"  where:  {copy / 'model.onnx.data'}\n"
        "  remedy: this is for models up to 2 GiB"
    )


def test_a_file_that_would_not_be_smaller_is_refused(bundle: Path, inputs: Any) -> None:
    task = Task("two rows", inputs, lambda _o, _r: (), inputs)
    size = (bundle / "model.onnx").stat().st_size
    assert refusal(bundle, "float16", task) == (
        f"the file would not be smaller: {size:,} bytes, where the original has {size:,}\n"
        f"  where:  {bundle / 'model.onnx'}\n"
        "  remedy: keep the original; weights below 1 KiB stay as they are"
    )


def test_the_scores_are_of_all_rows(copy: Path, task: Task) -> None:
    seen: list[int] = []

    def score(outputs: Any, original: Any) -> Any:
        seen.append(len(outputs["risk"]))
        return task.score(outputs, original)

    many = {name: np.concatenate([array] * 10) for name, array in task.inputs.items()}
    optimize_bundle(copy, "float16", dataclasses.replace(task, inputs=many, score=score), QUICK)
    assert seen == [400, 400]
