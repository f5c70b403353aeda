from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx


def test_our_file_gives_keras_answers(check: Callable[[str, Path], None], exported: Path) -> None:
    check("onnx_runner", exported / "model.onnx")


def test_a_file_that_has_lost_the_names_is_fed_in_order(
    check: Callable[[str, Path], None], exported: Path, tmp_path: Path
) -> None:
    model = onnx.load(exported / "model.onnx")
    lost = {"ecg": "a", "words": "b", "risk": "c", "diagnosis": "d"}
    for value in (*model.graph.input, *model.graph.output):
        value.name = lost[value.name]
    for node in model.graph.node:
        node.input[:] = [lost.get(name, name) for name in node.input]
        node.output[:] = [lost.get(name, name) for name in node.output]
    onnx.save(model, tmp_path / "m.onnx")
    check("onnx_runner", tmp_path / "m.onnx")
