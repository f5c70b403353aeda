"""Functions of small arrays are applied to whole tensors."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="Keras's vectorize fails on TensorFlow"
)


def test_function_of_numbers():
    def function(x, y):
        apply = ops.vectorize(lambda a, b: a * b + 1)
        return apply(x, y)

    check_function(function, (4, 3), (1, 3))


def test_function_of_numbers_of_dynamic_sizes():
    check_function(
        lambda x, y: ops.vectorize(lambda a, b: a * b + 1)(x[:1], y), (None, 2), (None, 2)
    )


def test_function_of_rows():
    def function(x, y):
        apply = ops.vectorize(lambda a, b: ops.sum(a * b), signature="(n),(n)->()")
        return apply(x, y)

    check_function(function, (4, 3), (1, 3))


def test_function_of_matrices_that_gives_several_results():
    weights = np.arange(6, dtype="float32").reshape(3, 2)

    def function(x):
        apply = ops.vectorize(
            lambda a: (ops.matmul(a, weights), ops.max(a)), signature="(m,n)->(m,k),()"
        )
        return apply(x)

    check_function(function, (4, 3))
