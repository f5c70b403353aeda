"""What becomes a tensor, and in which dtype."""

import numpy as np
from functions import check_function
from keras import ops


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
