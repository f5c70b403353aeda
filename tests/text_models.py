"""Check models with strings, which Keras has on TensorFlow alone, against Keras itself."""

from __future__ import annotations

import importlib.util
from typing import Any

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest

from mimo_export.onnx import to_onnx

LOOKUPS = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="Keras makes layers that look values up only where TensorFlow is installed",
)
STRINGS = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="Keras has strings on TensorFlow only"
)


def as_text(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return TensorFlow's bytes as Python's strings, any other array as it is."""
    if array.dtype != object:
        return array
    decoded = [item.decode() if isinstance(item, bytes) else item for item in array.flat]
    return np.array(decoded, dtype=object).reshape(array.shape)


def check_exactly(layer: Any, *batches: Any, dtype: str = "string") -> ir.Model:
    """Check that a layer on one input gives what Keras gives: dtype, shape and every element."""
    kind = object if dtype == "string" else dtype
    arrays = [np.array(batch, dtype=kind) for batch in batches]
    inputs = keras.Input(arrays[0].shape[1:], dtype=dtype, name="x")
    model = keras.Model(inputs, layer(inputs), name="model")
    exported = to_onnx(model)
    session = onnxruntime.InferenceSession(ir.serde.serialize_model(exported).SerializeToString())
    for array in arrays:
        expected = as_text(np.asarray(model.predict_on_batch(array)))
        (got,) = session.run(None, {"x": array})
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected, strict=True)
    return exported
