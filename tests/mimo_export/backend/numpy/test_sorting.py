"""Order, and places in what is sorted."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

EDGES = np.array([-1.0, 0.0, 0.5, 2.0], "float32")


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
@pytest.mark.parametrize("axis", [-1, 1])
def test_sorting(axis, dtype):
    check_function(lambda x: [ops.sort(x, axis), ops.argsort(x, axis)], (4, 3), dtype=dtype)


def test_sorting_of_everything_and_of_a_dynamic_axis():
    check_function(lambda x: [ops.sort(x, None), ops.argsort(x, None), ops.sort(x, 1)], (None, 2))


def test_sorted_order_is_a_partition():
    check_function(
        lambda x: ops.take(x[0], ops.argpartition(x[0], 2))[2],
        (5,),
        dtype="int32",
    )


@pytest.mark.parametrize("side", ["left", "right"])
def test_places_in_a_sorted_vector(side):
    check_function(
        lambda x: ops.searchsorted(ops.convert_to_tensor(EDGES), x[0], side),
        (4,),
        values=lambda rng, shape: rng.integers(-2, 4, shape) / 2,
    )


def test_bins():
    check_function(
        lambda x: ops.digitize(x, EDGES),
        (3, 4),
        values=lambda rng, shape: rng.integers(-2, 4, shape) / 2,
    )


def test_nan_belongs_to_the_last_bin():
    check_function(
        lambda x: ops.digitize(x, EDGES),
        (4,),
        values=lambda rng, shape: np.where(rng.integers(0, 2, shape), np.nan, 0.25),
    )


def test_coordinates_of_flat_places():
    check_function(lambda x: list(ops.unravel_index(x[0], (2, 3))), (4,), dtype="int32")


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="JAX fills up with the least value, PyTorch gives int64 where Keras declares int32",
)
@pytest.mark.parametrize("size", [2, 6])
def test_unique_values_of_a_known_number(size):
    check_function(
        lambda x: ops.unique(x[0], return_index=True, return_counts=True, size=size, fill_value=9),
        (4,),
        dtype="int32",
    )


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX needs a size for unique values")
def test_unique_values():
    check_function(ops.unique, (4,), dtype="int32")


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("length", [129, 255, 256, 1000])
def test_a_long_sequence_is_halved(side, length):
    edges = np.sort(np.random.default_rng(length).normal(size=length).round(1)).astype("float32")

    def values(rng, shape):
        drawn = rng.normal(size=shape).round(1).astype("float32")
        drawn.reshape(-1)[:3] = [np.inf, -np.inf, edges[-1]]
        return drawn

    model = check_function(
        lambda x: ops.reshape(ops.searchsorted(edges, ops.reshape(x, (-1,)), side=side), (-1, 20)),
        (20,),
        values=values,
    )
    assert [node.op_type for node in model.graph].count("Gather") == length.bit_length() - 1


def test_a_long_sequence_of_integers_is_halved_too():
    edges = np.arange(-400, 400, 2, "int32")

    def values(rng, shape):
        return rng.integers(-500, 500, shape).astype("int32")

    check_function(lambda x: ops.digitize(x, edges), (30,), dtype="int32", values=values)


def test_nan_is_behind_everything():
    edges = np.linspace(-1, 1, 300).astype("float32")

    def values(rng, shape):
        return np.full(shape, np.nan, "float32")

    check_function(lambda x: ops.digitize(x, edges), (3,), values=values)
