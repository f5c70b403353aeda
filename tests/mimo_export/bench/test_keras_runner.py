from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import keras
import pytest


@pytest.mark.skipif(
    keras.backend.backend() == "torch" and shutil.which("g++") is None,
    reason="torch.compile needs a compiler",
)
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method`:DeprecationWarning")  # in torch
def test_the_compiled_call_gives_keras_answers(
    check: Callable[[str, Path], None], keras_file: Path
) -> None:
    check("keras_runner", keras_file)
