"""Reductions over every kind of axis, with the dtypes that Keras gives them."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

REDUCTIONS = {
    "sum": ops.sum,
    "prod": ops.prod,
    "mean": ops.mean,
    "max": ops.max,
    "min": ops.min,
    "amax": ops.amax,
    "amin": ops.amin,
    "var": ops.var,
    "std": ops.std,
    "ptp": ops.ptp,
}
BOTH = {"any": ops.any, "all": ops.all}


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [-1, (1, 3), [-2]])
def test_reductions_along_axes(axis, keepdims):
    check_function(
        lambda x: {n: f(x, axis=axis, keepdims=keepdims) for n, f in REDUCTIONS.items()},
        (None, 3, 2),
    )


def test_reductions_of_everything():
    check_function(lambda x: {n: f(x) for n, f in REDUCTIONS.items()}, (None, 2))


@pytest.mark.parametrize("dtype", ["int32", "int8", "bool"])
def test_reductions_of_integers_have_the_dtypes_of_keras(dtype):
    names = ("sum", "prod", "mean", "max", "min", "var")
    check_function(
        lambda x: {name: REDUCTIONS[name](x, axis=-1) for name in names}, (3, 4), dtype=dtype
    )


def test_float16_is_summed_up_in_float32():
    check_function(
        lambda x: ops.mean(x, axis=-1),
        (4096,),
        dtype="float16",
        values=lambda _, shape: np.full(shape, 40),
    )


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch counts in int64")
@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
def test_truth_of_any_and_all(dtype):
    check_function(
        lambda x: {
            **{name: function(x, axis=1) for name, function in BOTH.items()},
            "count": ops.count_nonzero(x, axis=1),
        },
        (3, 2),
        dtype=dtype,
        values=lambda rng, shape: rng.integers(0, 2, shape),
    )


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 1, -1])
def test_the_first_of_equal_extremes_is_found(axis, keepdims, dtype):
    check_function(
        lambda x: [ops.argmax(x, axis, keepdims), ops.argmin(x, axis, keepdims)],
        (3, 4),
        dtype=dtype,
        values=lambda rng, shape: rng.integers(0, 3, shape),
    )


def test_initial_values_of_extremes():
    check_function(lambda x: [ops.max(x, axis=1, initial=0.5), ops.min(x, axis=1, initial=0)], (4,))


@pytest.mark.parametrize("axis", [None, 1, -1])
def test_running_sums(axis):
    check_function(lambda x: ops.cumsum(x, axis=axis), (None, 3))


@pytest.mark.parametrize("dtype", ["int8", "bool", "int32"])
def test_running_sums_of_integers(dtype):
    check_function(lambda x: ops.cumsum(x, axis=1), (4,), dtype=dtype)


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras's PyTorch form needs weights of the axis"
)
def test_averages_with_and_without_weights():
    check_function(
        lambda x, y: [
            ops.average(x, axis=1),
            ops.average(x, axis=1, weights=ops.abs(y) + 1),
        ],
        (4, 3),
        (4, 3),
    )


def test_number_of_elements_is_computed_where_dynamic():
    check_function(lambda x: ops.cast(ops.size(x), "float32") * x, (None, 2))


def test_mean_is_one_operator():
    check_function(lambda x: ops.mean(x, axis=-1), (4,), ops=["ReduceMean"])
