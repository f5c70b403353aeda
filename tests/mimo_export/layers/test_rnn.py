"""Recurrent layers of every kind, with every option, through any mask."""

import keras
import numpy as np
import pytest
from harness import check_layer
from keras import layers

KINDS = [layers.LSTM, layers.GRU, layers.SimpleRNN]


def _holes(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return token ids with masked steps anywhere, and one row all masked."""
    tokens = rng.integers(1, 9, shape) * rng.integers(0, 2, shape)
    tokens[-1] = 0
    return tokens


@pytest.mark.parametrize("kind", KINDS)
def test_options(kind):
    built = [
        kind(4, use_bias=False, go_backwards=True),
        kind(4, activation="relu", return_sequences=True, unroll=True),
        kind(4, unit_forget_bias=False) if kind is layers.LSTM else kind(4),
        kind(4, dropout=0.2, recurrent_dropout=0.2),
    ]
    check_layer(lambda x: [layer(x) for layer in built], (5, 3))


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch multiplies integers by integers alone"
)
@pytest.mark.parametrize("kind", KINDS)
def test_integers_are_multiplied_as_numbers(kind):
    check_layer(kind(4), (5, 3), dtype="int32")


@pytest.mark.parametrize("merge", ["sum", "mul", "ave", "concat", None])
def test_bidirectional_merges_with_any_mask(merge):
    built = [
        layers.Bidirectional(kind(3, return_sequences=True), merge_mode=merge) for kind in KINDS
    ]
    check_layer(
        lambda x: [layer(x) for layer in built], (None,), dtype="int32", mask=True, values=_holes
    )


def test_bidirectional_of_two_layers_and_states():
    layer = layers.Bidirectional(
        layers.GRU(3, return_state=True),
        backward_layer=layers.GRU(3, return_state=True, go_backwards=True),
    )
    check_layer(layer, (5, 3))
    swapped = layers.Bidirectional(
        layers.LSTM(3, return_sequences=True, go_backwards=True),
        backward_layer=layers.LSTM(3, return_sequences=True),
    )
    check_layer(swapped, (None, 3))
    state = layers.Bidirectional(layers.LSTM(3, return_state=True))
    check_layer(lambda x, *s: state(x, initial_state=list(s)), (5, 3), *[(3,)] * 4)


def test_bidirectional_of_cells():
    check_layer(layers.Bidirectional(layers.RNN(layers.LSTMCell(3), return_sequences=True)), (5, 3))


def test_rnn_of_cells():
    for cell in (layers.LSTMCell(4), layers.GRUCell(4), layers.SimpleRNNCell(4)):
        check_layer(layers.RNN(cell, return_sequences=True, return_state=True), (None, 3))


def test_stacked_cells_with_states():
    cells = layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(3)])
    check_layer(layers.RNN(cells, return_sequences=True), (None, 3))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolutional_lstm(rank):
    layer = getattr(layers, f"ConvLSTM{rank}D")
    sizes = (5, 4, 3)[:rank]
    built = [
        layer(2, 3, padding="same", return_sequences=True),
        layer(2, 2, go_backwards=True, return_state=True),
    ]
    check_layer(lambda x: [layer(x) for layer in built], (4, *sizes, 2))


def test_convolutional_lstm_options():
    built = [
        layers.ConvLSTM1D(2, 3, strides=2, padding="same", use_bias=False),
        layers.ConvLSTM1D(2, 2, dilation_rate=2, activation="relu", dropout=0.3),
    ]
    check_layer(lambda x: [layer(x) for layer in built], (None, 6, 2))


def test_masking_layer_masks_what_comes_behind():
    def call(x):
        return layers.LSTM(4, return_sequences=True)(layers.Masking(mask_value=0.0)(x))

    check_layer(
        call, (None, 2), values=lambda rng, shape: _holes(rng, shape[:2])[..., None] * np.ones(2)
    )


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="Keras on JAX masks whole steps alone")
@pytest.mark.parametrize("rank", [1, 2])
def test_masking_layer_masks_pixels_of_a_convolutional_lstm(rank):
    built = getattr(layers, f"ConvLSTM{rank}D")(2, 3, padding="same", return_sequences=True)
    check_layer(
        lambda x: built(layers.Masking(mask_value=0.0)(x)),
        (4, *(5, 3)[:rank], 2),
        values=lambda rng, shape: _holes(rng, shape[:-1])[..., None] * np.ones(2),
    )


def test_explicit_mask():
    layer = layers.GRU(4, return_sequences=True)
    check_layer(lambda x, m: layer(x, mask=m), (5, 3), (5,), dtype=["float32", "bool"])


LENGTHS = [
    5,
    pytest.param(
        None,
        marks=pytest.mark.skipif(
            keras.backend.backend() == "tensorflow",
            reason="Keras counts the batch where it means the steps, in a graph of TensorFlow",
        ),
    ),
]


@pytest.mark.parametrize("length", LENGTHS)
def test_time_distributed(length):
    built = [
        layers.TimeDistributed(layers.Dense(4)),
        layers.TimeDistributed(layers.BatchNormalization()),
    ]
    check_layer(lambda x: [layer(x) for layer in built], (length, 3))
    check_layer(layers.TimeDistributed(layers.Conv1D(4, 2)), (length, 6, 3))
    check_layer(layers.TimeDistributed(layers.LSTM(4)), (length, 6, 3))


@pytest.mark.parametrize("length", LENGTHS)
def test_masked_time_distributed(length):
    layer = layers.TimeDistributed(layers.Dense(4))
    check_layer(
        lambda x: layers.LSTM(4)(layer(x)), (length,), dtype="int32", mask=True, values=_holes
    )


def test_masks_pass_through_layers_to_the_last():
    def call(x):
        x = layers.Dropout(0.5)(layers.Dense(4)(x))
        x = layers.LSTM(4, return_sequences=True)(x)
        x = layers.LayerNormalization()(layers.Activation("relu")(x))
        return [layers.GRU(3)(x), layers.Bidirectional(layers.LSTM(3))(x)]

    check_layer(call, (None,), dtype="int32", mask=True, values=_holes)


@pytest.mark.parametrize("kind", KINDS)
def test_in_mixed_precision(kind):
    inner = kind(4, return_sequences=True, dtype="mixed_float16")
    check_layer(layers.Bidirectional(inner, dtype="mixed_float16"), (5, 3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["tanh", "mish"])
def test_masked_in_bfloat16(kind, activation):
    inner = kind(4, activation=activation, return_sequences=True, dtype="mixed_bfloat16")

    def call(x):
        both = layers.Bidirectional(inner, dtype="mixed_bfloat16")(x)
        return keras.ops.cast(both, "float16")  # which onnxruntime gives to NumPy

    check_layer(call, (None,), dtype="int32", mask=True, values=_holes)
