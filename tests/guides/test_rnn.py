"""The models of Keras's guide to recurrent networks, in small."""

import keras
import numpy as np
import pytest
from harness import check_model
from keras import layers, ops


def test_words_to_classes():
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32", name="words"),
            layers.Embedding(10, 6),
            layers.LSTM(5),
            layers.Dense(3, name="classes"),
        ]
    )
    check_model(model)


def test_sequence_into_a_second_recurrent_layer():
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32", name="words"),
            layers.Embedding(10, 6),
            layers.GRU(5, return_sequences=True),
            layers.SimpleRNN(4),
            layers.Dense(3, name="classes"),
        ]
    )
    check_model(model)


def test_decoder_starts_from_the_encoders_state():
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    embedded = layers.Embedding(10, 6)(source)
    _, h, c = layers.LSTM(4, return_state=True, name="encoder")(embedded)
    decoded = layers.LSTM(4, name="decoder")(layers.Embedding(8, 6)(target), initial_state=[h, c])
    check_model(keras.Model([source, target], layers.Dense(3, name="classes")(decoded)))


def test_stack_of_bidirectional_layers():
    model = keras.Sequential(
        [
            keras.Input((None, 4), name="series"),
            layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(3)),
            layers.Dense(2, name="classes"),
        ]
    )
    check_model(model)


def test_layer_of_a_cell_is_the_layer():
    x = keras.Input((None, 4), name="series")
    check_model(keras.Model(x, layers.RNN(layers.LSTMCell(5))(x)))


class NestedCell(layers.Layer):
    """A cell whose steps are a vector and a matrix, and whose state is one of each.

    Keras 3 takes one tensor of steps: the vector stands in front of the matrix's rows.
    """

    def __init__(self, vector, rows, columns, **options):
        super().__init__(**options)
        self.vector, self.rows, self.columns = vector, rows, columns
        self.state_size = [(vector,), (rows, columns)]
        self.output_size = vector + rows * columns

    def build(self, shape):
        rows, columns = self.rows, self.columns
        self.kernel = self.add_weight(shape=(self.vector, self.vector), name="kernel")
        self.matrices = self.add_weight(shape=(rows, columns, rows, columns), name="matrices")

    def call(self, inputs, states):
        vector = inputs[:, : self.vector]
        matrix = ops.reshape(inputs[:, self.vector :], (-1, self.rows, self.columns))
        first = states[0] + ops.matmul(vector, self.kernel)
        second = states[1] + ops.einsum("bij,ijkl->bkl", matrix, self.matrices)
        flat = ops.reshape(second, (-1, self.rows * self.columns))
        return ops.concatenate([first, flat], axis=-1), [first, second]

    def get_initial_state(self, batch_size=None):
        shapes = ((self.vector,), (self.rows, self.columns))
        return [ops.zeros((batch_size, *shape)) for shape in shapes]


@pytest.mark.parametrize("length", [6, None])
def test_cell_with_nested_states(length):
    steps = keras.Input((length, 3 + 2 * 4), name="steps")
    layer = layers.RNN(NestedCell(3, 2, 4), return_sequences=True, name="nested")
    check_model(keras.Model(steps, layer(steps)))


class MinimalCell(layers.Layer):
    """The smallest cell that a user writes."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")

    def call(self, inputs, states):
        output = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent)
        return output, [output]


def _tokens(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return ids that begin with a word, as sentences do, and have paddings anywhere."""
    tokens = rng.integers(0, 5, shape)
    tokens[:, 0] = 1
    return tokens


@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="Keras on JAX broadcasts the states of all cells against one mask",
)
def test_stack_of_own_cells_over_masked_words():
    words = keras.Input((None,), dtype="int32", name="words")
    cells = [MinimalCell(3), MinimalCell(4)]
    x = layers.Embedding(10, 6, mask_zero=True)(words)
    model = keras.Model(words, layers.RNN(cells, return_sequences=True)(x))
    check_model(model, values=_tokens)
