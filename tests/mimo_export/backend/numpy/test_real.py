"""Functions that are composed keep their digits, and their values at the edges."""

import numpy as np
import pytest
from functions import check_function
from keras import ops

EDGES = [0.0, 1e-7, -1e-7, 1e-3, -0.3, 0.5, 0.9, -0.9999, 1.0, 3.0, 20.0, 80.0]
FUNCTIONS = {
    "exp2": ops.exp2,
    "expm1": lambda x: ops.expm1(ops.clip(x, -90, 5)),
    "log1p": lambda x: ops.log1p(ops.maximum(x, -0.99)),
    "log2": lambda x: ops.log2(ops.abs(x) + 1e-3),
    "log10": lambda x: ops.log10(ops.abs(x) + 1e-3),
    "cbrt": ops.cbrt,
    "tan": ops.tan,
    "sinh": lambda x: ops.sinh(ops.clip(x, -5, 5)),
    "cosh": lambda x: ops.cosh(ops.clip(x, -5, 5)),
    "arcsin": lambda x: ops.arcsin(ops.clip(x, -1, 1)),
    "arccos": lambda x: ops.arccos(ops.clip(x, -1, 1)),
    "arctan": ops.arctan,
    "arcsinh": ops.arcsinh,
    "arccosh": lambda x: ops.arccosh(ops.abs(x) + 1.5),
    "arctanh": lambda x: ops.arctanh(ops.clip(x, -0.9, 0.9)),
    "deg2rad": ops.deg2rad,
    "rad2deg": ops.rad2deg,
    "sinc": lambda x: ops.sinc(ops.clip(x, -3, 3)),
    "angle": ops.angle,
}


def test_functions_at_small_and_large_numbers():
    check_function(
        lambda x: {name: function(x) for name, function in FUNCTIONS.items() if name != "exp2"},
        (12,),
        values=lambda _, shape: np.resize(EDGES, shape),
    )


def test_functions_of_integers_are_floating():
    names = ("exp2", "tan", "arctan", "log1p", "expm1", "deg2rad", "cbrt")
    check_function(lambda x: {name: FUNCTIONS[name](x) for name in names}, (4,), dtype="int32")


@pytest.mark.parametrize("function", [ops.log1p, ops.expm1], ids=["log1p", "expm1"])
def test_digits_of_small_numbers_are_kept(function):
    check_function(
        lambda x: function(x) * 1e9, (3,), values=lambda _, s: np.resize([1e-9, -2e-9, 3e-9], s)
    )


def test_infinities_of_logarithms():
    check_function(
        lambda x: {"log1p": ops.log1p(x), "expm1": ops.expm1(x)},
        (3,),
        values=lambda _, shape: np.resize([np.inf, -1.0, 1e30], shape),
    )


def test_sums_of_exponentials():
    check_function(
        lambda x, y: {"e": ops.logaddexp(x, y), "2": ops.logaddexp2(x, y)}, (None, 3), (None, 3)
    )


def test_arctan2_knows_every_quadrant_and_the_signs_of_zero():
    def points(_rng, shape):
        return np.resize([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, 2.0], shape)

    check_function(
        lambda x: ops.arctan2(ops.expand_dims(x, -1), ops.expand_dims(x, -2)), (7,), values=points
    )
