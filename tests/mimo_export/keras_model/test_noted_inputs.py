"""The inputs of a model are those that Keras has noted, of any batch where that was a sample's."""

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.interface import interface_of

ROWS = np.ones((5, 3), "float32")


def test_the_one_input_is_named_after_the_argument():
    class Named(keras.Model):
        def call(self, image):
            return image * 2

    model = Named()
    model(ROWS)
    assert [(spec.name, spec.sizes) for spec in interface_of(model).inputs] == [
        ("image", ("batch", 3))
    ]


def test_the_parts_of_a_list_are_numbered():
    class Both(keras.Model):
        def call(self, pair):
            a, b = pair
            return a + b

    model = Both()
    model([ROWS, ROWS])
    assert [spec.name for spec in interface_of(model).inputs] == ["pair_0", "pair_1"]


@pytest.mark.parametrize("build", [lambda model: model(ROWS), lambda model: model.build((5, 3))])
def test_the_batch_of_a_sample_is_any_batch(build):
    model = keras.Sequential([layers.Dense(2)])
    build(model)
    assert [spec.sizes for spec in interface_of(model).inputs] == [("batch", 3)]


def test_a_fixed_batch_that_was_named_is_kept_in_a_sequential():
    model = keras.Sequential([keras.Input(batch_shape=(1, 3), name="x"), layers.Dense(2)])
    assert [spec.sizes for spec in interface_of(model).inputs] == [(1, 3)]
