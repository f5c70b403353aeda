"""A large batch of a recurrent layer goes through time in stretches, and nobody can tell."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from harness import WIDE, check_layer
from keras import layers

from mimo_export.onnx import to_onnx
from mimo_export.passes.stretch import StretchPass

SIZES = tuple((batch, 5) for batch in (1, 127, 128, 131))
# More than 2 MB of gates for 128 rows: 4 * 128 * steps * gates * units.
STEPS, UNITS = 123, 12


def every_op(model):
    return [node.op_type for node in ir.traversal.RecursiveGraphIterator(model.graph)]


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("steps", [STEPS, 130])
def test_every_row_of_a_large_batch_is_keras_own(kind, go_backwards, steps):
    layer = kind(UNITS, go_backwards=go_backwards, name="recurrent")
    ops = ["Shape", "Min", "Gather", "If"]
    model = check_layer(layer, (steps, 3), sizes=SIZES, ops=ops)
    assert every_op(model).count("Loop") == 1
    assert every_op(model).count("Transpose") == 2  # each branch turns what it reads
    assert not StretchPass()(model).modified


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
def test_states_are_taken_and_handed_out(kind):
    layer = kind(UNITS, return_state=True, name="recurrent")

    def network(x, *states):
        return layer(x, initial_state=list(states))

    shapes = [(UNITS,)] * (2 if kind is layers.LSTM else 1)
    model = check_layer(network, (STEPS, 3), *shapes, sizes=SIZES)
    assert "Loop" in every_op(model)


def test_a_long_sequence_has_no_more_stretches_than_rows():
    model = check_layer(layers.GRU(3, name="recurrent"), (1500, 1), sizes=((1, 5), (129, 5)))
    (loop,) = [n for n in ir.traversal.RecursiveGraphIterator(model.graph) if n.op_type == "Loop"]
    counts = loop.inputs[0].producer().inputs[1].const_value.numpy()
    assert counts.tolist() == [125]  # of twelve steps


def test_layers_that_read_one_input_ask_once_for_its_size():
    def network(x):
        return [layers.LSTM(UNITS, name=name)(x) for name in ("one", "two")]

    model = check_layer(network, (STEPS, 3), sizes=SIZES)
    ops = [node.op_type for node in model.graph]
    assert [ops.count(name) for name in ("Shape", "Min", "Gather", "If")] == [1, 1, 1, 2]


@pytest.mark.parametrize("dtype", ["float16", pytest.param("float64", marks=WIDE)])
def test_other_precisions_answer_the_same_at_once_and_in_stretches(dtype):
    # Not beside Keras: 123 steps of half precision are rounded elsewhere in each backend.
    x = keras.Input((STEPS, 3), dtype=dtype, name="x")
    # Nor from an orthogonal kernel, which no backend makes in half precision.
    layer = layers.LSTM(UNITS, dtype=dtype, recurrent_initializer="normal", name="recurrent")
    model = keras.Model(x, layer(x))
    exported = to_onnx(model)
    assert "Loop" in every_op(exported)
    file = ir.serde.serialize_model(exported).SerializeToString()
    session = onnxruntime.InferenceSession(file)
    rows = np.random.default_rng(0).normal(size=(131, STEPS, 3)).astype(dtype)
    (whole,), (head,), (tail,) = (
        session.run(None, {"x": part}) for part in (rows, rows[:100], rows[100:])
    )
    assert whole.dtype == dtype
    np.testing.assert_allclose(whole, np.concatenate([head, tail]), rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.LSTM(6), (STEPS, 3)),  # a cache holds its gates
        (layers.LSTM(56), (19, 3)),  # less than two stretches
        (layers.LSTM(UNITS), (None, 3)),
        (layers.LSTM(UNITS, return_sequences=True), (STEPS, 3)),
        (layers.Bidirectional(layers.LSTM(UNITS)), (STEPS, 3)),
        (layers.SimpleRNN(12), (400, 3)),
    ],
)
def test_what_would_not_gain_or_cannot_be_divided_stays_whole(layer, shape):
    assert "Loop" not in every_op(check_layer(layer, shape, sizes=((1, 25), (129, 25))))


def test_a_layer_beside_a_picture_stays_whole():
    def network(x, picture):
        seen = layers.Conv2D(3, 3, padding="same", name="conv")(picture)
        return [layers.LSTM(UNITS, name="recurrent")(x), seen]

    assert "Loop" not in every_op(check_layer(network, (STEPS, 3), (50, 50, 1)))
    assert "Loop" in every_op(check_layer(network, (STEPS, 3), (10, 10, 1)))


def test_masked_steps_stay_whole():
    layer = layers.LSTM(UNITS, name="recurrent")
    assert "Loop" not in every_op(check_layer(layer, (STEPS,), dtype="int32", mask=True))
