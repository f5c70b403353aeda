"""Optional inputs may be left out; what is left gives what Keras gives without them."""

import keras
import numpy as np
import onnxruntime
import pytest
from keras import layers

from mimo_export.errors import InputError, ModelFileError
from mimo_export.single_file import export_onnx

ROWS = np.arange(6, dtype="float32").reshape(2, 3)


class Sum(layers.Layer):
    def call(self, x, y=None):
        return x if y is None else x + y

    def compute_output_shape(self, x_shape, y_shape=None):
        return x_shape


class Called(keras.Model):
    def __init__(self):
        super().__init__(name="called")
        self.dense = layers.Dense(2)

    def call(self, input1, input2=None):
        return self.dense(input1 if input2 is None else input1 + input2)


def functional():
    a, b = keras.Input((3,), name="input1"), keras.Input((3,), name="input2", optional=True)
    return keras.Model([a, b], layers.Dense(2, name="head")(Sum()(a, b)), name="opt")


def test_an_optional_input_of_a_graph_is_left_out(tmp_path):
    model = functional()
    session = onnxruntime.InferenceSession(
        export_onnx(model, tmp_path / "m.onnx", without=["input2"])
    )
    assert [x.name for x in session.get_inputs()] == ["input1"]
    assert [x.name for x in session.get_outputs()] == ["head"]
    (got,) = session.run(None, {"input1": ROWS})
    wanted = keras.ops.convert_to_numpy(model([ROWS, None]))
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("inputs", [[], [keras.Input((3,), name="input1")]])
def test_an_optional_argument_of_a_subclassed_model_is_left_out(inputs, tmp_path):
    model = Called()
    model(ROWS)
    path = export_onnx(model, tmp_path / "m.onnx", inputs=inputs, without=["input2"])
    session = onnxruntime.InferenceSession(path)
    assert [x.name for x in session.get_inputs()] == ["input1"]
    (got,) = session.run(None, {"input1": ROWS})
    wanted = keras.ops.convert_to_numpy(model(ROWS))
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_an_input_that_the_model_needs_is_not_left_out(tmp_path):
    with pytest.raises(ModelFileError) as raised:
        export_onnx(functional(), tmp_path / "m.onnx", without=["input1"])
    assert raised.value.what.startswith("model 'opt' cannot do without input1: ")
    assert raised.value.remedy == (
        "leave out optional inputs alone: keras.Input(..., optional=True), which the layers that "
        "read them take as None"
    )


def test_an_input_that_is_not_there_cannot_be_left_out(tmp_path):
    for model, known in ((functional(), "input1, input2"), (Called(), "input2")):
        with pytest.raises(InputError) as raised:
            export_onnx(model, tmp_path / "m.onnx", without=["other"])
        assert raised.value.what == "there is no input 'other' to leave out"
        assert raised.value.remedy == f"choose from {known}"
