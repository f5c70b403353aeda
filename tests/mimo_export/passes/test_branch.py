"""A Transpose that one branch alone reads is in that branch."""

import onnx_ir as ir
from harness import check_layer
from keras import layers

from mimo_export.passes.branch import BranchPass


def test_the_steps_of_a_recurrent_layer_are_turned_where_they_are_read():
    model = check_layer(layers.LSTM(4, name="lstm"), (5, 3), ops=["Shape", "Cast", "If"])
    every = [node.op_type for node in ir.traversal.RecursiveGraphIterator(model.graph)]
    assert every.count("Transpose") == 1
    assert not BranchPass()(model).modified


def test_a_transpose_that_is_read_outside_too_stays():
    def network(x):
        turned = layers.Permute((2, 1), name="turned")(x)
        return [layers.LSTM(4, name="lstm")(x), turned]

    model = check_layer(network, (5, 3))
    assert "Transpose" in [node.op_type for node in model.graph]
