"""Names in the file follow layers and operators, and never the contract's."""

import keras
import onnx_ir as ir
from harness import check_layer, check_model
from keras import layers

from mimo_export.passes.names import NamesPass


def test_nodes_are_named_after_their_layer_and_operator():
    model = check_layer(layers.LSTM(2, name="lstm"), (5, 3))
    assert [node.name for node in ir.traversal.RecursiveGraphIterator(model.graph)] == [
        *("lstm/Shape", "lstm/Cast", "lstm/If"),
        *("lstm/Transpose", "lstm/LSTM", "lstm/Squeeze", "lstm/ConstantOfShape"),
    ]


def test_a_node_that_took_others_in_is_named_after_its_own_operator():
    model = check_layer(layers.Dense(2, activation="relu", name="dense"), (3,))
    assert [node.name for node in model.graph] == ["dense/Gemm", "dense/Relu"]
    assert list(model.graph.initializers) == ["dense/kernel", "dense/bias"]


def test_automatic_names_are_numbered_in_the_models_own_order():
    for _ in range(3):
        layers.Dense(1)
    model = check_layer(lambda x: layers.Dense(2)(layers.Dense(2)(x)), (3,))
    assert list(model.graph.initializers) == [
        "dense/kernel",
        "dense/bias",
        "dense_1/kernel",
        "dense_1/bias",
    ]


def test_an_output_called_like_an_operator_does_not_clash():
    x = keras.Input((3,), name="Relu")
    y = keras.ops.relu(x)
    model = check_model(keras.Model(x, {"Relu_1": keras.ops.exp(y), "Exp": keras.ops.exp(x)}))
    assert [value.name for value in model.graph.outputs] == ["Relu_1", "Exp"]


def test_naming_twice_changes_nothing():
    model = check_layer(layers.LSTM(2, name="lstm"), (5, 3))
    assert not NamesPass()(model).modified
