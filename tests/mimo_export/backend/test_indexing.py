"""Indexing follows NumPy, in as few operators as it takes."""

import re

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError

A = np.array([1, 0, 2])
B = np.array([[0], [1]])

BACKEND = keras.backend.backend()
FORWARDS = pytest.mark.skipif(BACKEND == "torch", reason="PyTorch takes no negative steps")
PLACES = pytest.mark.skipif(BACKEND == "tensorflow", reason="TensorFlow takes no tensors of places")

PLAIN = {
    "number": (lambda x: x[:, 1], ["Slice", "Squeeze"]),
    "last": (lambda x: x[:, -1, ..., None], ["Slice", "Reshape"]),
    "steps": (lambda x: x[:, ::2, 1:3], ["Slice"]),
    "new_axes": (lambda x: x[:, None, 1, :, None], ["Slice", "Reshape"]),
    "everything": (lambda x: x[...] + x[:], ["Add"]),
}
BACKWARDS = {"whole": lambda x: x[:, ::-1, 1:3:2], "part": lambda x: x[:, 3:0:-2]}
ONE = {"list": lambda x: x[:, [1, 0, 2]], "array_at_the_end": lambda x: x[..., A]}
MIXED = {
    "apart": lambda x: x[:, A, :, A],
    "neighbours": lambda x: x[:, A, B],
    "with_new_axes": lambda x: x[:, None, A, B, None],
    "with_a_new_axis_between": lambda x: x[:, A, None, B],
}


@pytest.mark.parametrize(("function", "operators"), PLAIN.values(), ids=PLAIN)
def test_key_is_its_operators(function, operators):
    check_function(function, (4, 5, 6), ops=operators)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow takes lists of slices")
def test_a_list_with_slices_is_a_key_of_several_axes():
    key = [slice(None), None, slice(1, 3), ...]
    check_function(lambda x: x[key], (4, 5, 6), ops=["Slice", "Unsqueeze"])


@FORWARDS
@pytest.mark.parametrize("function", BACKWARDS.values(), ids=BACKWARDS)
def test_negative_steps_are_one_slice(function):
    check_function(function, (4, 5, 6), ops=["Slice"])


@PLACES
@pytest.mark.parametrize("function", ONE.values(), ids=ONE)
def test_one_tensor_of_places_is_one_gather(function):
    check_function(function, (4, 5, 6), ops=["Gather"])


@PLACES
def test_several_tensors_of_places_anywhere():
    check_function(lambda x: {n: f(x) for n, f in MIXED.items()}, (4, 5, 6))


@pytest.mark.skipif(BACKEND != "jax", reason="PyTorch applies numbers first, NumPy does not")
def test_numbers_beside_tensors_of_places_follow_numpy():
    check_function(lambda x: [x[:, 1, :, A], x[:, 1:3, A, 0]], (4, 5, 6))


def test_slices_of_a_dynamic_axis():
    check_function(
        lambda x: [x[:, 1:], x[:, :-1], x[:, -2:], x[:, ::2], x[:, 0], x[-1:]], (None, 2)
    )


def test_slice_up_to_a_computed_size():
    check_function(lambda x, y: x[:, : ops.shape(y)[1]], (9, 2), (None, 2))


@PLACES
def test_known_masks_are_places():
    rows, both = np.array([True, False, True]), np.arange(12).reshape(3, 4) % 2 == 0
    check_function(lambda x: [x[:, rows, 1:], x[..., [False, True] * 2], x[:, both]], (3, 4))


def test_boolean_mask_is_refused():
    message = (
        "a tensor is indexed with a boolean mask: the size of the result depends on data\n"
        "  where:  float32[batch, 4]\n"
        "  remedy: use keras.ops.where(mask, x, 0), which keeps the shape"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(lambda x: x[x > 0], (4,))
