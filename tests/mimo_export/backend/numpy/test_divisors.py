"""Greatest divisors and least multiples."""

import re

import pytest
from functions import check_function
from harness import WIDE
from keras import ops

pytestmark = pytest.mark.skipif(not hasattr(ops, "lcm"), reason="this Keras has no gcd and lcm")


@pytest.mark.parametrize("dtype", ["int32", "int8", "uint8", pytest.param("int64", marks=WIDE)])
def test_divisors_and_multiples(dtype):
    small = 12 if dtype.endswith("8") else 400
    low = 0 if dtype == "uint8" else -small
    check_function(
        lambda x, y: [ops.gcd(x, y), ops.lcm(x, y), ops.gcd(x[:1], y)],
        (6,),
        (6,),
        dtype=dtype,
        values=lambda rng, shape: rng.integers(low, small, shape) // 4 * 2,
    )


def test_divisors_of_fractions_are_refused():
    message = "Arguments to gcd must be integers. Received: float32[batch, 2], float32[batch, 2]"
    with pytest.raises(TypeError, match=re.escape(message)):
        check_function(ops.gcd, (2,), (2,))
