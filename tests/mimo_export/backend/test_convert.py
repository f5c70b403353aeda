"""What becomes a tensor, and in which dtype."""

import re

import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError


def test_numbers_lists_and_arrays_become_tensors():
    check_function(
        lambda x: [
            x + ops.convert_to_tensor(2.0),
            x + ops.convert_to_tensor([1.0, 2.0]),
            x + ops.convert_to_tensor(np.ones(2, "float32")),
        ],
        (2,),
        ops=["Add", "Add", "Add"],
    )


def test_a_dynamic_axis_is_not_unstacked():
    message = (
        "keras.ops.unstack without `num` needs a static size, and axis 0 of float32[batch, 2] is "
        "dynamic\n  remedy: give this dimension a size where the model's input is declared"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(ops.unstack, (2,))


def test_lists_with_tensors_are_stacked():
    check_function(
        lambda x: ops.stack([x, x * 2]), (2,), ops=["Mul", "Unsqueeze", "Unsqueeze", "Concat"]
    )


def test_sizes_are_numbers_where_static_and_computed_where_not():
    check_function(
        lambda x: [
            ops.cast(ops.shape(x)[1], "float32") * x,
            x / ops.shape(x)[2],
            ops.reshape(x, (ops.shape(x)[0], ops.shape(x)[1] * ops.shape(x)[2])),
        ],
        (None, 2),
    )


def test_a_cast_to_float8_chooses_the_opset_that_has_it():
    exported = check_function(
        lambda x: ops.cast(ops.cast(x, "float8_e4m3fn"), "float32"), (2,), ops=["Cast", "Cast"]
    )
    assert exported.opset_imports[""] == 19
