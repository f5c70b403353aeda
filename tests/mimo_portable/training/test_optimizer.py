"""Adam takes the same step on every backend."""

import keras
import numpy as np
from keras import layers

from mimo_portable.training.optimizer import adam


def test_a_word_that_occurs_often_moves_as_far_as_one_that_occurs_once():
    rate = 0.01
    words = keras.Input((4,), dtype="int32", name="words")
    embedding = layers.Embedding(5, 2, name="embedding")
    total = layers.Dense(1, kernel_initializer="ones", trainable=False, name="total")
    model = keras.Model(words, total(layers.Flatten()(embedding(words))))
    model.compile(optimizer=adam(rate), loss="mse")
    before = np.array(embedding.get_weights()[0])
    model.train_on_batch(np.array([[1, 1, 1, 2]], "int32"), np.array([[10.0]], "float32"))
    moved = embedding.get_weights()[0] - before
    # The first step of Adam is the learning rate in the direction of the gradient's sign.
    expected = np.zeros_like(before)
    expected[[1, 2]] = rate
    np.testing.assert_allclose(moved, expected, atol=1e-6)
