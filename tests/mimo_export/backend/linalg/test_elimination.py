"""Systems of equations, inverses and determinants, by elimination with LAPACK's exchanges."""

import keras
import numpy as np
import pytest
from functions import check_function
from harness import WIDE
from keras import ops

PIVOTS = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow returns a permutation instead"
)


def _regular(rng, shape):
    """Matrices far from singular that need their rows exchanged."""
    x = rng.normal(size=shape)
    size = min(shape[-2:])
    return x + 4 * np.roll(np.eye(shape[-2], shape[-1]), size // 2, axis=-1)


@PIVOTS
@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (None, None)])
def test_factors_and_exchanges(shape):
    check_function(ops.lu_factor, shape, values=_regular)


@pytest.mark.parametrize("size", [4, None])
def test_systems_and_inverses(size):
    def function(a, b):
        return [ops.solve(a, b), ops.inv(a)]

    check_function(function, (size, size), (size, 2), values=_regular)


def test_system_with_one_right_side():
    check_function(lambda a, b: ops.solve(a[0], b[0, :, 0]), (4, 4), (4, 1), values=_regular)


@pytest.mark.parametrize("size", [1, 4])
def test_sizes_of_determinants(size):
    def function(x):
        square = ops.matmul(x, ops.transpose(x, (0, 2, 1))) + ops.eye(size)
        return [*ops.slogdet(x), ops.logdet(square)]

    check_function(function, (size, size), values=_regular)


def test_singular_matrix_has_no_sign():
    def function(x):
        return ops.slogdet(ops.concatenate([x[:, :2], x[:, :1]], axis=1))[0]

    check_function(function, (3, 3), values=lambda rng, shape: rng.integers(1, 5, shape))


def test_determinant_is_one_operator():
    check_function(ops.det, (3, 3), ops=["Det"])


@WIDE
def test_double_precision():
    check_function(lambda x: [ops.det(x), ops.inv(x)], (4, 4), dtype="float64", values=_regular)
