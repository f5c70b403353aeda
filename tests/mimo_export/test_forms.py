"""A layer that calls its framework directly can be given a form of its own."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from harness import compare
from keras import layers

from mimo_export import forms, op
from mimo_export.interface import call_by_name
from mimo_export.onnx import to_onnx


class Cube(layers.Layer):
    """Leaves Keras for NumPy, as others leave it for their framework."""

    def call(self, x):
        return keras.ops.convert_to_tensor(keras.ops.convert_to_numpy(x) ** 3)

    def compute_output_shape(self, shape):
        return shape


@pytest.fixture
def registered():
    yield
    del forms.FORMS[Cube]


@pytest.mark.usefixtures("registered")
def test_the_registered_function_is_traced_instead_of_the_layers_call():
    @forms.onnx_form(Cube)
    def cube(self, x):
        return op("Mul", x, op("Mul", x, x))

    before = Cube.call
    x = keras.Input((3,), name="x")
    model = keras.Model(x, Cube(name="cube")(x))
    exported = to_onnx(model)
    assert [node.op_type for node in exported.graph] == ["Mul", "Mul"]
    assert Cube.call is before
    arrays = {"x": np.array([[1.0, -2.0, 3.0]], "float32")}
    proto = ir.serde.serialize_model(exported).SerializeToString()
    compare(onnxruntime.InferenceSession(proto), arrays, call_by_name(model, arrays))


@pytest.mark.usefixtures("registered")
def test_a_class_has_one_form():
    forms.onnx_form(Cube)(lambda self, x: x)
    with pytest.raises(ValueError, match=r"Cube has the form .* already, .* cannot be one too"):
        forms.onnx_form(Cube)(lambda self, x: x)


def test_a_callers_form_goes_before_the_exporters_own(monkeypatch):
    monkeypatch.setattr(forms, "FORMS", {})
    forms.onnx_form(layers.TimeDistributed)(lambda self, inputs, **_: inputs * 2)
    x = keras.Input((4, 3), name="x")
    model = keras.Model(x, layers.TimeDistributed(layers.Dense(3))(x))
    assert [node.op_type for node in to_onnx(model).graph] == ["Mul"]
    forms.FORMS.clear()
    assert "Scan" in [node.op_type for node in to_onnx(model).graph]
