"""Random numbers: repeatable by seed, of the distribution that was asked for."""

import keras
import numpy as np
import pytest
from keras import random

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


@pytest.mark.parametrize(
    ("draw", "mean", "deviation"),
    [
        (lambda seed: random.normal((20000,), 2.0, 3.0, seed=seed), 2, 3),
        (lambda seed: random.uniform((20000,), -1.0, 3.0, seed=seed), 1, 4 / 12**0.5),
        (lambda seed: random.truncated_normal((20000,), seed=seed), 0, 0.8796),
        (lambda seed: random.randint((20000,), 0, 3, seed=seed), 1, (2 / 3) ** 0.5),
        (lambda seed: random.gamma((20000,), 4.0, seed=seed), 4, 2),
        (lambda seed: random.beta((20000,), 2.0, 2.0, seed=seed), 0.5, 0.05**0.5),
        (lambda seed: random.binomial((20000,), 10.0, 0.5, seed=seed), 5, 2.5**0.5),
        (lambda seed: random.categorical([[0.0, 0.0]], 20000, seed=seed), 0.5, 0.5),
        (lambda seed: random.dropout(np.ones(20000, "float32"), 0.5, seed=seed), 1, 1),
    ],
)
def test_numbers_are_of_their_distribution_and_of_their_seed(draw, mean, deviation):
    first, again, other = (draw(seed).numpy() for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.mean() == pytest.approx(mean, abs=0.1)
    assert first.std() == pytest.approx(deviation, abs=0.1)


def test_a_shuffle_keeps_what_it_orders_anew():
    x = np.arange(50)
    found = random.shuffle(x, seed=1).numpy()
    assert sorted(found.tolist()) == x.tolist()
    assert found.tolist() != x.tolist()


class Noisy(keras.layers.Layer):
    def call(self, x):
        return x + random.normal((3,))


def test_a_model_that_draws_is_refused_where_a_graph_is_made_of_it():
    x = keras.Input((3,))
    model = keras.Model(x, Noisy()(x))
    with pytest.raises(UnsupportedOperationError, match="draws numbers"):
        to_onnx(model)
