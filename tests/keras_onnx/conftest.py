"""Tests of the plugin run where it is Keras's backend: `nox -s nightly` starts pytest so."""

import keras
import pytest


def pytest_collection_modifyitems(items):
    if keras.backend.backend() == "onnx":
        return
    reason = "KERAS_BACKEND is not onnx: `nox -s nightly` runs these tests"
    for item in items:
        if "tests/keras_onnx/src" in item.path.as_posix():
            item.add_marker(pytest.mark.skip(reason=reason))
