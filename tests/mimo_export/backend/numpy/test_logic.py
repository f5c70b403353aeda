"""Comparisons promote as Keras does; bits move as in two's complement."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

COMPARED = {
    "equal": ops.equal,
    "not_equal": ops.not_equal,
    "greater": ops.greater,
    "greater_equal": ops.greater_equal,
    "less": ops.less,
    "less_equal": ops.less_equal,
}
LOGIC = {"and": ops.logical_and, "or": ops.logical_or, "xor": ops.logical_xor}
BITS = {"and": ops.bitwise_and, "or": ops.bitwise_or, "xor": ops.bitwise_xor}


@pytest.mark.parametrize("pair", [("float32", "float32"), ("int32", "float32"), ("uint8", "int8")])
def test_comparisons(pair):
    check_function(
        lambda x, y: {name: function(x, y) for name, function in COMPARED.items()},
        (None, 4),
        (1, 4),
        dtype=pair,
        values=lambda rng, shape: rng.integers(0, 2, shape),
    )


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
def test_logic_takes_numbers_for_truth(dtype):
    check_function(
        lambda x, y: {
            **{name: function(x, y) for name, function in LOGIC.items()},
            "not": ops.logical_not(x),
        },
        (4,),
        (4,),
        dtype=dtype,
        values=lambda rng, shape: rng.integers(0, 2, shape),
    )


@pytest.mark.parametrize("dtype", ["int32", "uint8"])
def test_bits(dtype):
    check_function(
        lambda x, y: {
            **{name: function(x, y) for name, function in BITS.items()},
            "not": ops.bitwise_not(x),
            "left": ops.left_shift(x, 1),
            "right": ops.right_shift(x, 1),
            "by": ops.right_shift(x, ops.minimum(ops.abs(y), 3)),
        },
        (4,),
        (4,),
        dtype=dtype,
        values=lambda rng, shape: (
            rng.integers(0, 100, shape)
            - (0 if dtype == "uint8" else 50 * rng.integers(0, 2, shape))
        ),
    )


def test_closeness():
    def near(_rng, shape):
        return np.resize([1.0, 1.0 + 1e-6, 1.1, 3.0, np.nan, 0.0, 1.0], shape)

    check_function(
        lambda x: {
            "close": ops.isclose(x, ops.flip(x, -1)),
            "self": ops.isclose(x, x),
            "nan": ops.isclose(x, x, equal_nan=True),
        },
        (7,),
        values=near,
    )


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras's TensorFlow form compares infinities by their difference",
)
def test_closeness_of_infinities():
    check_function(
        lambda x: ops.isclose(x, ops.flip(x, -1)),
        (4,),
        values=lambda _, shape: np.resize([np.inf, 1.0, -np.inf, np.inf], shape),
    )


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras's TensorFlow form runs only eagerly",
)
def test_membership():
    check_function(
        lambda x: {"in": ops.isin(x, [1, 3]), "out": ops.isin(x, [1, 3], invert=True)},
        (None,),
        dtype="int32",
    )
