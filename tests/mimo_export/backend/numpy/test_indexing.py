"""Elements chosen by their place."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

PLACES = np.array([[0, 2], [-1, 1]], "int32")


@pytest.mark.parametrize("axis", [1, -1])
def test_take_counts_negative_places_from_the_end(axis):
    check_function(lambda x: ops.take(x, PLACES, axis), (4, 3), ops=["Gather"])


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras's PyTorch form counts no negative places then"
)
def test_take_from_everything():
    check_function(lambda x: ops.take(x, PLACES), (4,))


def test_take_with_computed_places():
    check_function(
        lambda x, y: ops.take(x, y, axis=0), (3,), (2,), dtype=("float32", "int32"), values=_zero
    )


def test_take_along_an_axis():
    check_function(
        lambda x, y: ops.take_along_axis(x, y, axis=1),
        (4, 3),
        (2, 3),
        dtype=("float32", "int32"),
        ops=["GatherElements"],
    )


def test_take_along_an_axis_broadcasts_dynamic_axes_either_way():
    check_function(
        lambda x, y: [ops.take_along_axis(x[:1], y, 1), ops.take_along_axis(x, y[:1], 1)],
        (2, None),
        (3, None),
        dtype=("float32", "int32"),
        values=_zero,
    )


def test_choice_between_two_tensors():
    check_function(
        lambda x, y: [
            ops.where(x > 0, x, y),
            ops.where(x > 0, x, 0),
            ops.where(x > 0, 1, 0),
            ops.where(x > 0, x, ops.cast(y, "int32")),
            ops.where(ops.cast(x, "int32"), True, False),
        ],
        (4,),
        (4,),
    )


def test_choice_between_several_tensors():
    check_function(lambda x: ops.select([x > 1, x > 0], [2 * x, x], 7.0), (4,))


def _zero(_rng, shape):
    return np.zeros(shape)
