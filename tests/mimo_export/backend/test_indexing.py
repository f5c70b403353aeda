"""Indexing follows NumPy, in as few operators as it takes."""

import re

import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError

A = np.array([1, 0, 2])
B = np.array([[0], [1]])

PLAIN = {
    "number": (lambda x: x[:, 1], ["Slice", "Squeeze"]),
    "last": (lambda x: x[:, -1, ..., None], ["Slice", "Squeeze", "Unsqueeze"]),
    "steps": (lambda x: x[:, ::-1, 1:3:2], ["Slice"]),
    "backwards": (lambda x: x[:, 3:0:-2], ["Slice"]),
    "new_axes": (lambda x: x[:, None, 1, :, None], ["Slice", "Squeeze", "Unsqueeze"]),
    "everything": (lambda x: x[...] + x[:], ["Add"]),
    "list": (lambda x: x[:, [1, 0, 2]], ["Gather"]),
    "array_at_the_end": (lambda x: x[..., A], ["Gather"]),
}
MIXED = {
    "apart": lambda x: x[:, A, :, A],
    "neighbours": lambda x: x[:, A, B],
    "with_a_number_apart": lambda x: x[:, 1, :, A],
    "with_new_axes": lambda x: x[:, None, A, B, None],
    "with_a_new_axis_between": lambda x: x[:, A, None, B],
    "with_a_slice_and_a_number": lambda x: x[:, 1:3, A, 0],
}


@pytest.mark.parametrize(("function", "operators"), PLAIN.values(), ids=PLAIN)
def test_key_is_its_operators(function, operators):
    check_function(function, (4, 5, 6), ops=operators)


def test_several_tensors_of_places_anywhere():
    check_function(lambda x: {n: f(ops.convert_to_tensor(x)) for n, f in MIXED.items()}, (4, 5, 6))


def test_slices_of_a_dynamic_axis():
    check_function(
        lambda x: [x[:, 1:], x[:, :-1], x[:, ::-1], x[:, -2:], x[:, ::2], x[:, 0], x[-1:]],
        (None, 2),
    )


def test_slice_up_to_a_computed_size():
    check_function(lambda x, y: x[:, : ops.shape(y)[1]], (9, 2), (None, 2))


def test_boolean_mask_is_refused():
    message = (
        "a tensor is indexed with a boolean mask: the size of the result depends on data\n"
        "  where:  float32[batch, 4]\n"
        "  remedy: use keras.ops.where(mask, x, 0), which keeps the shape"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(lambda x: x[x > 0], (4,))
