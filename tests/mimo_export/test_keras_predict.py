"""Keras answers as `predict` does, also where sizes that depend on data cannot be compiled."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from mimo_export.keras_predict import predicted


class Positive(layers.Layer):
    """The sum of the rows that begin with a positive number."""

    def __init__(self, by_places=False, **kwargs):
        super().__init__(**kwargs)
        self.by_places = by_places

    def call(self, x):
        mask = x[:, 0] > 0
        rows = ops.take(x, ops.nonzero(mask)[0], axis=0) if self.by_places else x[mask]
        return ops.sum(rows, axis=0, keepdims=True)

    def compute_output_spec(self, x):
        return keras.KerasTensor((1, *x.shape[1:]), x.dtype)


@pytest.mark.parametrize("by_places", [True, False])
def test_a_model_whose_sizes_depend_on_its_data_is_run(by_places):
    x = keras.Input((2,), name="x")
    model = keras.Model(x, {"total": Positive(by_places)(x), "all": x * 2})
    array = np.array([[1, 2], [-1, 5], [3, 4]], "float32")
    found = predicted(model, array)
    assert found["total"].tolist() == [[4, 6]]
    assert found["all"].tolist() == (array * 2).tolist()
    assert isinstance(found["total"], np.ndarray)
    assert keras.config.is_traceback_filtering_enabled()


def test_an_error_of_the_model_is_its_own():
    class Broken(layers.Layer):
        def call(self, x):
            if not isinstance(x, keras.KerasTensor):
                raise ZeroDivisionError("mine")
            return x

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    x = keras.Input((2,), name="x")
    with pytest.raises(ZeroDivisionError, match="mine"):
        predicted(keras.Model(x, Broken()(x)), np.zeros((1, 2), "float32"))
