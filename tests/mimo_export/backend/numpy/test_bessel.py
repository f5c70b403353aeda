"""Bessel's function is exact on both sides of its two series."""

import pytest
from functions import check_function
from harness import WIDE
from keras import ops

MARK = pytest.mark.skipif(not hasattr(ops, "i0"), reason="this Keras has no i0")


@MARK
@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=WIDE)])
def test_bessel_function(dtype):
    check_function(lambda x: [ops.i0(x * 3), ops.i0(x * 15)], (30,), dtype=dtype)
