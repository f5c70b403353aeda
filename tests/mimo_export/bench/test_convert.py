from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest

from mimo_export.bench import convert


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow writes it")
def test_a_conversion_tells_its_time_and_memory(
    request_of: Any, keras_file: Path, tmp_path: Path
) -> None:
    found = convert.make("saved_model", request_of(keras_file), tmp_path / "s", [1])
    assert list(found) == ["seconds", "peak_bytes"]
    assert (tmp_path / "s" / "saved_model.pb").is_file()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="by way of tf2onnx")
@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")  # in tf2onnx
def test_keras_exports_onnx_itself(
    check: Any, request_of: Any, keras_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("tf2onnx", reason="tf2onnx is not installed")
    convert.make("keras_export", request_of(keras_file), tmp_path / "k.onnx", [1])
    check("onnx_runner", tmp_path / "k.onnx")
