"""A recurrence is what its own step computes, whichever layer calls it."""

import keras
import numpy as np
import onnx_ir as ir
import pytest
from harness import check_layer, check_model
from keras import layers

from mimo_export.backend import _keras_private
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import FORMS, onnx_form
from mimo_export.onnx import to_onnx


class Borrowing(layers.Layer):
    """Has a cell of its own, and runs another layer's recurrence by its `call`."""

    def __init__(self, rnn, **kwargs):
        super().__init__(**kwargs)
        self.cell = layers.SimpleRNNCell(4)
        self.rnn = rnn
        self.stateful = self.supports_masking = True
        self.zero_output_for_mask = not getattr(rnn, "zero_output_for_mask", False)

    def build(self, shape):
        self.cell.build(shape)
        self.rnn.build(shape)

    def call(self, x, mask=None):
        return self.rnn.call(x, mask=mask)

    def compute_output_shape(self, shape):
        return self.rnn.compute_output_shape(shape)


class Doubling(layers.LSTMCell):
    def call(self, inputs, states, training=False):
        h, new = super().call(inputs, states, training)
        return 2 * h, new


class RNN(layers.Layer):
    """A layer of its own with Keras's name, whose step is not Keras's."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.cell = layers.SimpleRNNCell(3)

    def build(self, shape):
        self.cell.build(shape)

    def call(self, x):
        return self.inner_loop(x, [keras.ops.zeros_like(x[:, 0])])

    def inner_loop(self, x, states):
        def step(inputs, states):
            output, states = self.cell(inputs, states)
            return -output, states

        _, outputs, _ = _keras_private.asked("rnn")(step, x, states)
        return outputs

    def compute_output_shape(self, shape):
        return shape


def operators(exported):
    return [node.op_type for node in ir.traversal.RecursiveGraphIterator(exported.graph)]


def _holes(rng, shape):
    return rng.integers(0, 3, shape)


CELLS = {"LSTM": layers.LSTMCell, "GRU": layers.GRUCell, "RNN": layers.SimpleRNNCell}
BY_ITS_CELL = pytest.mark.skipif(
    keras.backend.backend() == "torch",
    reason="on PyTorch Keras's LSTM computes with its cell's weights, and does not call the cell",
)
KINDS = {"LSTM": layers.LSTM, "GRU": layers.GRU}


@pytest.mark.parametrize("operator", CELLS)
def test_a_recurrence_has_the_weights_of_the_cell_that_it_steps_through(operator):
    layer = Borrowing(layers.RNN(CELLS[operator](4), name="rnn"), name="outer")
    exported = check_layer(layer, (5, 3))
    assert operator in operators(exported)


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("operator", KINDS)
def test_what_a_masked_step_gives_is_the_recurrence_s_to_say(operator, zero):
    inner = KINDS[operator](4, return_sequences=True, zero_output_for_mask=zero, name="rnn")
    layer = Borrowing(inner, name="outer")
    exported = check_layer(layer, (None,), dtype="int32", mask=True, values=_holes)
    assert operator in operators(exported)


@BY_ITS_CELL
def test_a_subclass_of_a_cell_is_a_loop_over_its_call():
    layer = layers.LSTM(4, name="layer")
    layer.cell = Doubling(4)
    assert "Scan" in operators(check_layer(layer, (5, 3)))


@BY_ITS_CELL
@pytest.mark.parametrize("changed", ["forward_layer", "backward_layer"])
def test_both_directions_are_one_operator_only_where_both_cells_are_keras_s(changed):
    layer = layers.Bidirectional(layers.LSTM(4), name="layer")
    getattr(layer, changed).cell = Doubling(4)
    found = operators(check_layer(layer, (5, 3)))
    assert sorted({"Scan", "LSTM"} & set(found)) == ["LSTM", "Scan"]


def test_a_step_of_a_layer_that_has_keras_s_name_is_its_own():
    assert "Scan" in operators(check_layer(RNN(name="layer"), (5, 3)))


def test_a_form_of_a_cell_is_followed_inside_of_its_layer():
    @onnx_form(layers.SimpleRNNCell)
    def negative(cell, sequence, states, training=False):
        return -sequence, [-sequence]

    try:
        x = keras.Input((5, 3), name="x")
        exported = to_onnx(keras.Model(x, layers.SimpleRNN(3)(x)))
    finally:
        del FORMS[layers.SimpleRNNCell]
    assert "RNN" not in operators(exported)
    assert "Neg" in operators(exported)


def test_a_layer_that_was_told_to_use_cuda_s_kernels_exports():
    x = keras.Input((5, 3), name="x")
    layer = layers.LSTM(4, name="layer")
    model = keras.Model(x, layer(x))
    plain = operators(check_model(model))
    layer.use_cudnn = True
    assert operators(to_onnx(model)) == plain


def test_a_stateful_recurrence_is_refused_wherever_it_is_called():
    inner = layers.LSTM(4, stateful=True, name="rnn")
    layer = Borrowing(inner, name="outer")
    layer.stateful = False
    x = keras.Input(batch_shape=(2, 5, 3), name="x")
    model = keras.Model(x, layer(x), name="model")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        "a recurrent layer with stateful=True keeps its state between calls, a file does not\n"
        "  where:  layer 'outer' (Borrowing) of model 'model' (Functional)\n"
        "  remedy: build it with stateful=False, and make its state an input and an output of the "
        "model: initial_state=... and return_state=True"
    )


def test_a_cell_in_another_dtype_than_its_layer_casts_what_it_is_given():
    layer = layers.RNN(layers.SimpleRNNCell(4, dtype="mixed_float16"), name="layer")
    x = keras.Input((5, 3), name="x")
    model = keras.Model(x, layer(x))
    found = operators(to_onnx(model))
    assert "RNN" not in found
    assert "Scan" in found
    assert np.dtype("float32") == keras.backend.standardize_dtype(model.output.dtype)
