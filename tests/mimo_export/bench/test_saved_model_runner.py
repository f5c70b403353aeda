from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

from mimo_export.bench import convert


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow writes it")
def test_the_endpoint_gives_keras_answers(
    check: Callable[[str, Path], None], request_of: Any, keras_file: Path, tmp_path: Path
) -> None:
    convert.make("saved_model", request_of(keras_file), tmp_path / "s", [1])
    check("saved_model_runner", tmp_path / "s")
