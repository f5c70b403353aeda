"""Normalisation by given statistics is a Mul and an Add; statistics are means."""

import numpy as np
import pytest
from harness import check_layer
from keras import ops


def test_batch_normalization_is_a_mul_and_an_add():
    mean, variance, offset, scale = (
        np.random.default_rng(1).uniform(0.5, 1, (4, 3)).astype("float32")
    )
    check_layer(
        lambda x: ops.batch_normalization(x, mean, variance, -1, offset, scale),
        (5, 3),
        ops=["Mul", "Add"],
    )
    check_layer(lambda x: ops.batch_normalization(x, mean, variance, 1), (3, 5))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_moments(dtype):
    check_layer(
        lambda x: [
            *ops.moments(x, [0]),
            *ops.moments(x, [1, 2], keepdims=True),
            *ops.moments(x, [0, 2]),
        ],
        (None, 4),
        dtype=dtype,
    )
