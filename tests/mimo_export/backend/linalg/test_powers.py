"""Powers of square matrices, against products that are written out."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.backend.linalg import matrix_power


def powers(n):
    """The power as Keras computes it where it knows the function, else in NumPy."""
    if hasattr(ops, "matrix_power"):
        return lambda x: ops.matrix_power(x, n)
    return lambda x: (
        ops.convert_to_tensor(np.linalg.matrix_power(ops.convert_to_numpy(x), n))
        if keras.backend.backend() != "onnx"
        else matrix_power(x, n)
    )


@pytest.mark.parametrize("size", [3, None])
@pytest.mark.parametrize("n", [0, 1, 2, 5, -2])
def test_a_power_is_as_many_products(n, size):
    check_function(
        powers(n),
        (size, size),
        values=lambda rng, shape: rng.normal(size=shape) + 3 * np.eye(shape[-1]),
    )


def test_a_power_of_infinite_numbers_to_the_zeroth_is_the_identity():
    check_function(powers(0), (2, 2), values=lambda rng, shape: np.full(shape, np.inf))


def test_the_fifth_power_is_three_products():
    check_function(powers(5), (3, 3), ops=["MatMul", "MatMul", "MatMul"])
