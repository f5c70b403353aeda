"""What counts as different, and what is no more than rounding."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from conformance.difference import difference
from conformance.tracing import Result


def found(values, dtype="float32", mask=None):
    return Result(dtype, np.array(values, dtype), mask)


def steady():
    return iter([np.zeros(2)])


@pytest.mark.parametrize(
    ("ours", "shown"),
    [
        (found([1.0, 2.0]), ""),
        (found([1.0, 2.00001]), ""),
        (found([1.0, np.nan]), "nan at (1,) of (2,), Keras has 2.0 (largest of 1 differences)"),
        (found([1.0, 2.5]), "2.5 at (1,) of (2,), Keras has 2.0 (largest of 1 differences)"),
        (found([[1.0, 2.0]]), "float32(1, 2), Keras has float32(2,)"),
        (found([1, 2], "int32"), "int32(2,), Keras has float32(2,)"),
        ((found([1.0, 2.0]), found([1.0, 2.0])), "2 results, Keras has 1"),
        (None, "0 results, Keras has 1"),
    ],
)
def test_values_shapes_dtypes_and_structure_are_compared(ours, shown):
    ours = [] if ours is None else ours
    expected = keras.ops.convert_to_tensor(np.array([1.0, 2.0], "float32"))
    assert difference(ours, expected, steady) == shown


def test_a_mask_that_is_missing_is_a_difference():
    expected = keras.ops.convert_to_tensor(np.array([1.0, 2.0], "float32"))
    mask = found([True, False], "bool")
    assert "Keras has None" in difference(found([1.0, 2.0], mask=mask), expected, steady)


def test_what_a_rounding_of_the_inputs_does_to_keras_too_is_no_difference():
    expected = keras.ops.convert_to_tensor(np.array([1.0, 2.0], "float32"))
    ours = found([1.0, 2.001])
    assert difference(ours, expected, lambda: iter([np.array([0.0, 0.0003])])) == ""
    assert difference(ours, expected, lambda: iter([np.array([0.0003, 0.0])])) != ""
