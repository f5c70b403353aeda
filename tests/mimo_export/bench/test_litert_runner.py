from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

from mimo_export.bench import convert


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow converts to it")
def test_the_file_of_each_batch_gives_keras_answers(
    check: Callable[[str, Path], None], request_of: Any, keras_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")
    convert.make("litert", request_of(keras_file), tmp_path / "l", [1, 3])
    check("litert_runner", tmp_path / "l")
