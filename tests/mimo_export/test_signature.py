"""Names and order of inputs and outputs are the model's own."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.contract import Signature
from mimo_export.errors import ModelFileError
from mimo_export.interface import call_by_name, interface_of
from mimo_export.onnx import to_onnx, trace
from mimo_export.signature import precision_of, signature_of


def test_dictionaries_keep_their_own_order_not_the_alphabets():
    z, a = keras.Input((4,), name="z"), keras.Input((2,), name="a", dtype="int32")
    model = keras.Model([z, a], {"second": layers.Dense(3)(z), "first": layers.Embedding(5, 2)(a)})
    signature = signature_of(model)
    assert [(s.name, s.shape, s.dtype) for s in signature.inputs] == [
        ("z", (4,), "float32"),
        ("a", (2,), "int32"),
    ]
    assert [(s.name, s.shape, s.dtype) for s in signature.outputs] == [
        ("second", (3,), "float32"),
        ("first", (2, 2), "float32"),
    ]
    found = call_by_name(model, {"a": np.ones((3, 2), "int32"), "z": np.ones((3, 4), "float32")})
    assert [(name, array.shape) for name, array in found.items()] == [
        ("second", (3, 3)),
        ("first", (3, 2, 2)),
    ]


def test_outputs_in_a_list_carry_the_names_of_their_layers():
    x = keras.Input((4,), name="x")
    model = keras.Model(x, [layers.Dense(1, name="risk")(x), layers.Dense(2, name="class")(x)])
    assert [s.name for s in signature_of(model).outputs] == ["risk", "class"]


def test_a_tensor_returned_twice_and_an_input_returned_get_names_of_their_own():
    x = keras.Input((4,), name="x")
    y = layers.Dense(2, name="y")(x)
    model = keras.Model(x, [y, x, y])
    assert [s.name for s in signature_of(model).outputs] == ["y", "x_1", "y_1"]


def test_nested_outputs_are_named_by_their_path():
    x = keras.Input((4,), name="x")
    model = keras.Model(x, {"heads": {"b": layers.Dense(1)(x), "a": layers.Dense(2)(x)}})
    assert [s.name for s in signature_of(model).outputs] == ["heads/b", "heads/a"]


def test_free_dimensions_say_whose_they_are():
    x = keras.Input((None, 3), name="series")
    model = keras.Model(x, layers.Conv1D(2, 3, padding="same", name="smooth")(x))
    signature = signature_of(model)
    assert signature.inputs[0].shape == ("series_dim_1", 3)
    assert signature.outputs[0].shape == ("smooth_dim_1", 2)


def test_a_subclassed_model_is_known_once_it_was_called():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return {"z": self.dense(x["left"]), "a": x["right"]}

    model = Two()
    model({"left": np.ones((2, 4), "float32"), "right": np.ones((2, 5), "float32")})
    signature = signature_of(model)
    assert [(s.name, s.shape) for s in signature.inputs] == [("left", (4,)), ("right", (5,))]
    assert [(s.name, s.shape) for s in signature.outputs] == [("z", (3,)), ("a", (5,))]


def test_a_signature_survives_json():
    x = keras.Input((None, 3), name="x")
    signature = signature_of(keras.Model(x, layers.LSTM(2, name="y")(x)))
    assert Signature.from_dict(signature.to_dict()) == signature


@pytest.mark.parametrize(
    ("policy", "precision"), [("float32", "float32"), ("mixed_float16", "float16")]
)
def test_the_precision_is_the_narrowest_that_a_model_computes_in(policy, precision):
    x = keras.Input((4,), name="x")
    hidden = layers.Dense(3, dtype=policy, name="hidden")(x)
    model = keras.Model(x, layers.Dense(2, dtype="float32", name="y")(hidden))
    assert precision_of(trace(interface_of(model))) == precision


def test_a_fixed_batch_is_kept_in_the_contract_and_in_the_file():
    x = keras.Input(batch_shape=(1, 6), name="x")
    model = keras.Model(x, {"y": keras.ops.reshape(x, (2, 3)) * 2, "z": x + 1})
    contract = signature_of(model)
    assert [spec.sizes for spec in (*contract.inputs, *contract.outputs)] == [
        (1, 6),
        (2, 3),
        (1, 6),
    ]
    assert Signature.from_dict(json.loads(json.dumps(contract.to_dict()))) == contract
    graph = to_onnx(model).graph
    assert [[*value.shape] for value in (*graph.inputs, *graph.outputs)] == [[1, 6], [2, 3], [1, 6]]


def test_fixed_and_free_batches_are_kept_apart():
    one, many = keras.Input(batch_shape=(1, 6), name="one"), keras.Input((6,), name="many")
    contract = signature_of(keras.Model([one, many], {"sum": one + many, "one": one * 2}))
    assert [spec.batch for spec in contract.inputs] == [1, "batch"]
    assert [spec.batch for spec in contract.outputs] == ["batch", 1]


def test_an_input_without_a_batch_is_refused():
    x = keras.Input(batch_shape=(), name="x")
    with pytest.raises(ModelFileError) as raised:
        signature_of(keras.Model(x, x * 2))
    assert raised.value.what == "the input 'x' is a single number, without a batch"
