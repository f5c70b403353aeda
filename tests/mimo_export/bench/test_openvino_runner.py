from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


def test_openvino_gives_keras_answers(check: Callable[[str, Path], None], exported: Path) -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    check("openvino_runner", exported / "model.onnx")
