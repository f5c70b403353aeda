"""Numbers of a table's rows are moved, and not the rows."""

import pytest
from harness import check_layer, check_model
from keras import Input, Model, layers, ops

from mimo_export.passes.table import TablePass


def embedded(words):
    return layers.Embedding(9, 4, name="embedding")(words)


def test_the_steps_of_a_recurrent_layer_are_turned_as_numbers():
    def network(words):
        return layers.SimpleRNN(5, name="rnn")(embedded(words))

    model = check_layer(network, (6,), dtype="int32", ops=["Transpose", "Gather", "RNN", "Squeeze"])
    assert not TablePass()(model).modified


@pytest.mark.parametrize("order", [(3, 1, 2), (2, 1, 3)])
def test_axes_in_another_order_are_those_of_the_numbers_unless_rows_are_broken(order):
    def network(words):
        return ops.transpose(embedded(words), (0, *order))

    model = check_layer(network, (3, 5), dtype="int32")
    kinds = [node.op_type for node in model.graph if node.op_type in ("Gather", "Transpose")]
    assert kinds == (["Transpose", "Gather"] if order[-1] == 3 else ["Gather", "Transpose"])


def test_whole_rows_are_picked_by_their_numbers():
    words = Input((6,), dtype="int32", name="words")
    both = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")
    model = Model(words, both(layers.Embedding(9, 4, mask_zero=True, name="embedding")(words)))
    exported = check_model(model)
    before, after = (
        [node for node in exported.graph if node.op_type == "GatherND"][i::2] for i in (0, 1)
    )
    assert [node.inputs[0].name for node in before] == ["words", "words"]
    assert all(len(node.inputs[0].shape) == 3 for node in after)  # what the layer gives


@pytest.mark.parametrize("else_read", [ops.tanh, lambda rows: rows])
def test_rows_that_are_read_otherwise_too_are_read_once(else_read):
    def network(words):
        rows = embedded(words)
        return [ops.tanh(ops.transpose(rows, (0, 2, 1, 3))), else_read(rows)]

    model = check_layer(network, (3, 5), dtype="int32")
    assert [node.op_type for node in model.graph].count("Gather") == 1
    kinds = [node.op_type for node in model.graph]
    assert kinds.index("Gather") < kinds.index("Transpose")
