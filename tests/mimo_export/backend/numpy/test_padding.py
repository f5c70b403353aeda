"""Borders of each mode."""

import keras
import pytest
from functions import check_function
from keras import ops


@pytest.mark.parametrize("mode", ["constant", "reflect"])
@pytest.mark.parametrize("widths", [((0, 0), (1, 2), (2, 0)), ((0, 0), (0, 3), (1, 1))])
def test_modes(mode, widths):
    check_function(lambda x: ops.pad(x, widths, mode), (4, 3))


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras's PyTorch form repeats the edge instead"
)
def test_symmetric_border():
    check_function(lambda x: ops.pad(x, ((0, 0), (1, 2), (3, 0)), "symmetric"), (4, 3))


def test_constant_border_of_a_value_is_one_operator():
    check_function(lambda x: ops.pad(x, ((0, 0), (1, 1)), constant_values=2), (None,), ops=["Pad"])


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "float16"])
def test_borders_of_other_dtypes(dtype):
    check_function(lambda x: ops.pad(x, ((0, 0), (1, 1))), (3,), dtype=dtype)
