"""The models of Keras's guide to masking and padding, in small."""

import keras
import numpy as np
from harness import check_model
from keras import layers, ops


def _tokens(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return ids that begin with a word and have paddings anywhere behind."""
    tokens = rng.integers(0, 4, shape)
    tokens[:, 0] = 2
    return tokens


def _words(length=None):
    return keras.Input((length,), dtype="int32", name="words")


def test_mask_of_an_embedding_reaches_the_lstm():
    model = keras.Sequential(
        [_words(), layers.Embedding(10, 4, mask_zero=True), layers.LSTM(5, name="lstm")]
    )
    check_model(model, values=_tokens)


def test_masking_layer_reads_the_mask_off_the_values():
    def padded(rng, shape):
        return rng.normal(size=shape) * (_tokens(rng, shape[:2])[..., None] > 0)

    series = keras.Input((None, 3), name="series")
    check_model(keras.Model(series, layers.LSTM(4)(layers.Masking()(series))), values=padded)


class Pair(layers.Layer):
    """Hands the mask of an embedding on by hand."""

    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(10, 4, mask_zero=True)
        self.lstm = layers.LSTM(5)

    def call(self, inputs):
        x = self.embedding(inputs)
        mask = self.embedding.compute_mask(inputs)
        return self.lstm(x, mask=mask)


def test_mask_that_is_passed_as_an_argument():
    words = _words(6)
    check_model(keras.Model(words, Pair()(words)), values=_tokens)


class TemporalSplit(layers.Layer):
    """Splits a sequence in two halves, and its mask with it."""

    def call(self, inputs):
        return ops.split(inputs, 2, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else ops.split(mask, 2, axis=1)


def test_layer_that_makes_new_masks_of_its_inputs_mask():
    words = _words(6)
    first, second = TemporalSplit()(layers.Embedding(10, 4, mask_zero=True)(words))
    outputs = [layers.LSTM(3, name="first")(first), layers.LSTM(3, name="second")(second)]

    def half_tokens(rng, shape):
        tokens = _tokens(rng, shape)
        tokens[:, 3] = 1
        return tokens

    check_model(keras.Model(words, outputs), values=half_tokens)


class OwnEmbedding(layers.Layer):
    """An embedding that masks as Keras's own does."""

    def build(self, shape):
        self.vectors = self.add_weight(shape=(10, 4), name="vectors")

    def call(self, inputs):
        return ops.take(self.vectors, ops.cast(inputs, "int32"), axis=0)

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0)


class PassingActivation(layers.Layer):
    """Hands the mask on as it is."""

    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def call(self, inputs):
        return ops.relu(inputs)


def test_own_layers_make_and_pass_a_mask():
    words = _words()
    x = PassingActivation(name="passing")(OwnEmbedding(name="own")(words))
    check_model(keras.Model(words, layers.GRU(4, name="gru")(x)), values=_tokens)


class TemporalSoftmax(layers.Layer):
    """A softmax over time that leaves masked steps out, and hands the mask on."""

    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        open_steps = ops.expand_dims(ops.cast(mask, "float32"), -1)
        exponents = ops.exp(inputs) * open_steps
        return exponents / ops.sum(exponents, axis=1, keepdims=True)


def test_own_layer_reads_the_mask():
    words = _words()
    x = layers.Dense(1)(layers.Embedding(10, 4, mask_zero=True)(words))
    check_model(keras.Model(words, TemporalSoftmax(name="softmax")(x)), values=_tokens)
