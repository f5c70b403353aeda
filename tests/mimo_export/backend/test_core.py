"""Slices and scattered updates."""

import re

import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError

PLACES = np.array([[0, 1], [0, 3], [0, 1]], "int32")
DISTINCT = np.array([[0, 1], [0, 3], [0, 0]], "int32")


@pytest.mark.parametrize("reduction", [None, "add", "max", "min", "mul"])
def test_scattered_updates(reduction):
    places = DISTINCT if reduction is None else PLACES
    check_function(
        lambda x, y: ops.scatter_update(x, places, y[0], reduction=reduction), (4,), (3,)
    )


def test_values_for_one_place_are_added():
    check_function(
        lambda x: ops.scatter(PLACES, x[0], (2, 4)), (3,), ops=["Slice", "Squeeze", "ScatterND"]
    )


@pytest.mark.parametrize("start", [(0, 1, 0), (0, 0, 1)])
def test_block_update(start):
    check_function(lambda x: ops.slice_update(x, start, -np.ones((1, 2, 2), "float32")), (4, 3))


def test_slice_at_computed_places():
    check_function(lambda x: ops.slice(x, (0, ops.argmax(x[0, :2]) * 0 + 1), (1, 2)), (4,))


def test_slice_of_sizes_in_an_array():
    check_function(lambda x: ops.slice(x[0], np.array([1, 0]), np.array([2, 3])), (3, 3))


def test_length_of_a_dynamic_axis_is_refused():
    message = (
        "the length of a float32[batch, 2] is asked for in Python while the model is traced\n"
        "  remedy: give its first dimension a size, or use keras.ops.shape and keras.ops.scan"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(list, (2,))


def test_parts_of_an_axis():
    check_function(lambda x: ops.unstack(x, axis=1), (3, 2))


def test_casts_between_dtypes():
    check_function(
        lambda x: [ops.cast(x, t) for t in ("int32", "float16", "bool", "uint8")],
        (4,),
        values=lambda rng, shape: rng.integers(0, 3, shape),
    )
