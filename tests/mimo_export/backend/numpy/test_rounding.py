"""Rounding goes to even, and what is not a number is recognised."""

import numpy as np
import pytest
from functions import check_function
from keras import ops

SPECIAL = [0.5, 1.5, -0.5, -2.5, 2.4, -7.6, np.inf, -np.inf, np.nan, 0.0]


def _special(_rng, shape):
    return np.resize(SPECIAL, shape)


def test_rounding_of_halves_and_special_numbers():
    check_function(
        lambda x: {
            "round": ops.round(x),
            "floor": ops.floor(x),
            "ceil": ops.ceil(x),
            "trunc": ops.trunc(x),
        },
        (10,),
        values=_special,
        ops=["Round", "Floor", "Ceil", "Less", "Where"],
    )


@pytest.mark.parametrize("decimals", [1, -1])
def test_rounding_to_other_places(decimals):
    check_function(lambda x: ops.round(x * 100, decimals), (4,))


def test_special_numbers_are_recognised():
    check_function(
        lambda x: {
            "nan": ops.isnan(x),
            "inf": ops.isinf(x),
            "finite": ops.isfinite(x),
            "posinf": ops.isposinf(x),
            "neginf": ops.isneginf(x),
            "number": ops.nan_to_num(x, nan=7.0, posinf=8.0, neginf=-9.0),
            "default": ops.nan_to_num(x) / 1e30,
        },
        (None,),
        values=_special,
    )


def test_integers_are_never_special():
    check_function(
        lambda x: {
            "nan": ops.isnan(x),
            "finite": ops.isfinite(x),
            "round": ops.round(x),
            "floor": ops.floor(x),
            "trunc": ops.trunc(2 * x),
        },
        (4,),
        dtype="int32",
    )


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_signs(dtype):
    check_function(
        lambda x: {"sign": ops.sign(x), "bit": ops.signbit(x)},
        (4,),
        dtype=dtype,
        values=lambda _, shape: np.resize([-3.0, 0.0, -0.0, 2.0], shape),
    )


def test_real_and_conjugate_are_the_tensor_itself():
    check_function(lambda x: [ops.real(x) + 1, ops.conjugate(x) + 2], (4,), ops=["Add", "Add"])
