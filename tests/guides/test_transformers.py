"""The transformers of Keras's examples: text, translation, pictures and series, in small."""

import keras
import numpy as np
from harness import check_model
from keras import layers, ops


def _tokens(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return ids that begin with a word and have paddings anywhere behind."""
    tokens = rng.integers(0, 9, shape)
    tokens[:, 0] = 1
    return tokens


class TransformerBlock(layers.Layer):
    """Attention and a feed-forward network, each with a residual and a normalisation."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attention = layers.MultiHeadAttention(heads, width)
        self.network = keras.Sequential([layers.Dense(hidden, "relu"), layers.Dense(width)])
        self.norm_1 = layers.LayerNormalization(epsilon=1e-6)
        self.norm_2 = layers.LayerNormalization(epsilon=1e-6)
        self.drop_1, self.drop_2 = layers.Dropout(0.1), layers.Dropout(0.1)

    def call(self, inputs):
        attended = self.drop_1(self.attention(inputs, inputs))
        x = self.norm_1(inputs + attended)
        return self.norm_2(x + self.drop_2(self.network(x)))


class TokenAndPosition(layers.Layer):
    """The sum of an embedding of words and one of their places."""

    def __init__(self, length, words, width):
        super().__init__()
        self.words = layers.Embedding(words, width)
        self.places = layers.Embedding(length, width)

    def call(self, x):
        places = ops.arange(start=0, stop=ops.shape(x)[-1], step=1)
        return self.words(x) + self.places(places)


def test_text_classification():
    words = keras.Input((None,), dtype="int32", name="words")
    x = TransformerBlock(8, 2, 10)(TokenAndPosition(7, 12, 8)(words))
    x = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(x))
    x = layers.Dense(4, activation="relu")(x)
    check_model(keras.Model(words, layers.Dense(2, "softmax", name="classes")(x)))


class PositionalEmbedding(layers.Layer):
    """Words and places with the mask of the words."""

    def __init__(self, length, words, width):
        super().__init__()
        self.words = layers.Embedding(words, width)
        self.places = layers.Embedding(length, width)

    def call(self, inputs):
        places = ops.arange(0, ops.shape(inputs)[-1], 1)
        return self.words(inputs) + self.places(places)

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0)


class Encoder(layers.Layer):
    """An encoder that turns the mask of its steps into one of pairs of steps."""

    def __init__(self, width, hidden, heads):
        super().__init__()
        self.attention = layers.MultiHeadAttention(heads, width)
        self.network = keras.Sequential([layers.Dense(hidden, "relu"), layers.Dense(width)])
        self.norm_1, self.norm_2 = layers.LayerNormalization(), layers.LayerNormalization()
        self.supports_masking = True

    def call(self, inputs, mask=None):
        padding = None if mask is None else ops.cast(mask[:, None, :], "int32")
        attended = self.attention(inputs, inputs, inputs, attention_mask=padding)
        x = self.norm_1(inputs + attended)
        return self.norm_2(x + self.network(x))


class Decoder(layers.Layer):
    """A decoder that builds its causal mask from positions and sizes."""

    def __init__(self, width, hidden, heads):
        super().__init__()
        self.attention_1 = layers.MultiHeadAttention(heads, width)
        self.attention_2 = layers.MultiHeadAttention(heads, width)
        self.network = keras.Sequential([layers.Dense(hidden, "relu"), layers.Dense(width)])
        self.norms = [layers.LayerNormalization() for _ in range(3)]
        self.supports_masking = True

    def call(self, inputs, mask=None):
        target, source = inputs
        causal = self.causal_mask(target)
        target_mask, source_mask = (None, None) if mask is None else mask
        if target_mask is not None:
            causal = ops.minimum(ops.cast(target_mask[:, None, :], "int32"), causal)
        pairs = None if source_mask is None else source_mask[:, None, :]
        first = self.norms[0](target + self.attention_1(target, target, attention_mask=causal))
        second = self.attention_2(query=first, value=source, key=source, attention_mask=pairs)
        second = self.norms[1](first + second)
        return self.norms[2](second + self.network(second))

    def causal_mask(self, x):
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        rows, columns = ops.arange(length)[:, None], ops.arange(length)
        mask = ops.reshape(ops.cast(rows >= columns, "int32"), (1, length, length))
        return ops.tile(mask, (batch, 1, 1))


def test_translation():
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    encoded = Encoder(8, 6, 2)(PositionalEmbedding(7, 12, 8)(source))
    x = Decoder(8, 6, 2)([PositionalEmbedding(7, 12, 8)(target), encoded])
    next_word = layers.Dense(12, activation="softmax", name="next_word")(x)
    check_model(keras.Model([source, target], next_word), values=_tokens)


def test_series_classification():
    series = keras.Input((12, 1), name="series")
    x = series
    for _ in range(2):
        attended = layers.MultiHeadAttention(key_dim=4, num_heads=2, dropout=0.1)(x, x)
        residual = layers.LayerNormalization(epsilon=1e-6)(layers.Dropout(0.1)(attended)) + x
        hidden = layers.Conv1D(filters=4, kernel_size=1, activation="relu")(residual)
        hidden = layers.Conv1D(filters=1, kernel_size=1)(layers.Dropout(0.1)(hidden))
        x = layers.LayerNormalization(epsilon=1e-6)(hidden) + residual
    x = layers.GlobalAveragePooling1D(data_format="channels_last")(x)
    check_model(keras.Model(series, layers.Dense(3, "softmax", name="classes")(x)))


class Patches(layers.Layer):
    """Cuts a picture into square patches."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def call(self, images):
        batch, height, width, channels = ops.shape(images)
        patches = ops.image.extract_patches(images, size=self.size)
        rows, columns = height // self.size, width // self.size
        return ops.reshape(patches, (batch, rows * columns, self.size * self.size * channels))


class PatchEncoder(layers.Layer):
    """Projects patches and adds an embedding of their places."""

    def __init__(self, patches, width):
        super().__init__()
        self.patches = patches
        self.projection = layers.Dense(width)
        self.places = layers.Embedding(patches, width)

    def call(self, patch):
        places = ops.expand_dims(ops.arange(start=0, stop=self.patches, step=1), axis=0)
        return self.projection(patch) + self.places(places)


def test_vision_transformer():
    picture = keras.Input((8, 8, 3), name="picture")
    encoded = PatchEncoder(4, 8)(Patches(4)(picture))
    x1 = layers.LayerNormalization(epsilon=1e-6)(encoded)
    x2 = layers.Add()([layers.MultiHeadAttention(2, 8, dropout=0.1)(x1, x1), encoded])
    x3 = layers.LayerNormalization(epsilon=1e-6)(x2)
    x3 = layers.Dense(8, activation=keras.activations.gelu)(x3)
    x = layers.Flatten()(layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x3, x2])))
    check_model(keras.Model(picture, layers.Dense(5, name="classes")(layers.Dropout(0.5)(x))))
