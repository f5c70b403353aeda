"""What a condition computes for nobody is left out."""

import keras
import onnx_ir as ir
from harness import check_model
from keras import layers, ops

from mimo_export.passes.unread import UnreadPass


def branches(exported):
    (choice,) = (node for node in exported.graph if node.op_type == "If")
    return [graph.as_graph() for graph in choice.attributes.values()], choice


def test_an_output_that_nobody_reads_is_in_neither_branch():
    x = keras.Input((3,), name="x")

    class Chosen(layers.Layer):
        def call(self, x):
            found = ops.cond(
                ops.sum(x) > 0, lambda: [ops.exp(x), x * 2, x * 3], lambda: [x, x - 1, x + 1]
            )
            return found[2] - found[1]

    exported = check_model(keras.Model(x, Chosen()(x)))
    graphs, choice = branches(exported)
    assert len(choice.outputs) == 2
    assert [len(graph.outputs) for graph in graphs] == [2, 2]
    assert [[node.op_type for node in graph] for graph in graphs] == [
        ["Mul", "Mul"],
        ["Sub", "Add"],
    ]
    assert not UnreadPass()(exported).modified


def test_a_final_state_alone_asks_for_no_other_output():
    x = keras.Input((5, 3), name="x")
    exported = check_model(keras.Model(x, layers.LSTM(4, name="lstm")(x)))
    (computed, _), choice = branches(exported)
    assert [output.name for output in choice.outputs] == ["lstm"]
    assert [output.name for output in computed[1].outputs] == ["", "lstm/LSTM:1"]
    assert isinstance(computed, ir.Graph)
