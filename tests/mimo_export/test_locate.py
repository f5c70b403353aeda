"""The first layer that differs is named, and what was altered in a file."""

import keras
import numpy as np
import onnx
import pytest
from keras import layers

from mimo_export import forms
from mimo_export.compare import Tolerance
from mimo_export.golden import Case
from mimo_export.locate import compare_file, compare_layers
from mimo_export.single_file import export_onnx


@keras.saving.register_keras_serializable("test_locate")
class Scale(layers.Layer):
    """Doubles, in Keras."""

    def call(self, x):
        return x * 2.0


def model_with(middle):
    keras.utils.set_random_seed(0)
    x = keras.Input((8, 1), name="x")
    y = layers.Conv1D(3, 3, name="conv")(x)
    y = layers.LSTM(4, name="lstm")(middle(y))
    both = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="head")], name="heads")
    return keras.Model(x, {"a": both(y), "b": both(y)}, name="m")


def cases():
    rng = np.random.default_rng(0)
    return [
        Case(f"set_{n}", {"x": rng.normal(size=(n, 8, 1)).astype("float32")}, {}) for n in (1, 3)
    ]


def test_every_call_of_every_layer_is_compared_in_order(tmp_path):
    rows = compare_layers(model_with(Scale(name="scale")), cases(), Tolerance(), tmp_path)
    assert [(row.output, row.status) for row in rows] == [
        ("layer 'conv' (Conv1D)", "pass"),
        ("layer 'scale' (Scale)", "pass"),
        ("layer 'lstm' (LSTM)", "pass"),
        ("layer 'heads/head' (Dense)", "pass"),
        ("layer 'heads' (Sequential)", "pass"),
        ("layer 'heads/head' (Dense), call 2", "pass"),
        ("layer 'heads' (Sequential), call 2", "pass"),
        ("layer 'm' (Functional), output 0", "pass"),
        ("layer 'm' (Functional), output 1", "pass"),
    ]
    assert [row.shapes for row in rows][:2] == [((1, 6, 3), (3, 6, 3))] * 2


def test_the_first_layer_whose_form_is_wrong_comes_first(tmp_path, monkeypatch):
    monkeypatch.setitem(forms.FORMS, Scale, lambda layer, x: x * 3.0)
    rows = compare_layers(model_with(Scale(name="scale")), cases(), Tolerance(), tmp_path)
    (conv, scale, *after) = rows
    assert (conv.status, scale.status, scale.output) == ("pass", "fail", "layer 'scale' (Scale)")
    assert {row.status for row in after} == {"fail"}
    largest = scale.largest
    assert largest.got == pytest.approx(1.5 * largest.expected)


def test_a_file_of_the_model_itself_has_no_differences(tmp_path):
    model = model_with(layers.Dropout(0.5))
    assert compare_file(model, export_onnx(model, tmp_path / "m.onnx")) == ()
    assert compare_file(model, export_onnx(model, tmp_path / "n.onnx", opset=18)) == ()


def test_an_altered_weight_and_an_altered_node_are_named(tmp_path):
    model = model_with(layers.Dropout(0.5))
    path = export_onnx(model, tmp_path / "m.onnx")
    proto = onnx.load(path)
    for tensor in proto.graph.initializer:
        if tensor.name == "heads/head/kernel":
            array = onnx.numpy_helper.to_array(tensor).copy()
            array[1, 0] += 1
            tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
    (choice,) = (node for node in proto.graph.node if node.op_type == "If")
    computed = next(part.g for part in choice.attribute if part.name == "then_branch")
    (lstm,) = (node for node in computed.node if node.op_type == "LSTM")
    lstm.attribute.append(onnx.helper.make_attribute("clip", 0.1))
    onnx.save(proto, path)
    assert compare_file(model, path) == (
        "1 of the 8 numbers of weight 'heads/head/kernel' are not the model's",
        f"node '{lstm.name}' (LSTM) is not the model's '{lstm.name}'",
    )
