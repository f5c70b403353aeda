from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def test_predict_gives_keras_answers(check: Callable[[str, Path], None], keras_file: Path) -> None:
    check("predict_runner", keras_file)
