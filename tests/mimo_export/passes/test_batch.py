"""What scales and shifts channels is one operator."""

import numpy as np
import pytest
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.batch import BatchPass

SCALES = np.array([0.5, -2.0, 1.5], "float32")
SHIFTS = np.array([1.0, -3.0, 0.25], "float32")


@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 5)])
def test_channels_of_the_second_axis(shape):
    rest = [1] * (len(shape) - 1)
    scale, shift = SCALES.reshape(3, *rest), SHIFTS.reshape(3, *rest)
    model = check_layer(
        lambda x: ops.add(shift, ops.multiply(scale, x)), shape, ops=["BatchNormalization"]
    )
    assert not BatchPass()(model).modified


def test_channels_of_the_last_axis_of_a_large_tensor_are_columns_of_a_matrix():
    reshaped = ["Reshape", "BatchNormalization", "Reshape"]
    model = check_layer(lambda x: x * SCALES + SHIFTS, (1400, 3), ops=reshaped)
    assert not BatchPass()(model).modified
    check_layer(lambda x: x * SCALES + SHIFTS, (4, 3), ops=["Mul", "Add"])
    check_layer(lambda x: x * SCALES + SHIFTS, (None, 3), ops=["Mul", "Add"])


def test_one_number_for_all_is_no_number_for_each_channel():
    check_layer(lambda x: x * 2 + 1, (1,), ops=["Mul", "Add"])
    check_layer(lambda x: x * 2 + 1, (3,), ops=["Mul", "Add"])


def test_what_spreads_the_channels_is_left():
    check_layer(lambda x: x * SCALES + SHIFTS, (1,), ops=["Mul", "Add"])
    check_layer(lambda x: x * SCALES[:, None] + SHIFTS, (3, 3), ops=["Mul", "Add"])


def test_a_product_that_somebody_else_reads_is_left():
    check_layer(lambda x: [x * SCALES, x * SCALES + SHIFTS], (3,))
    norm = layers.BatchNormalization(name="norm")
    model = check_layer(lambda x: [norm(x), ops.relu(norm(x))], (3,))
    assert "BatchNormalization" in [node.op_type for node in model.graph]


def test_other_dtypes_are_left():
    half = check_layer(lambda x: x * SCALES.astype("float16") + 1, (3,), dtype="float16")
    assert "BatchNormalization" not in [node.op_type for node in half.graph]
