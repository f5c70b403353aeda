"""Greatest divisors and least multiples."""

import re

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from functions import _traced, check_function
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


def in_file(function, *arrays):
    """Return what a file says: of these numbers PyTorch itself may end the process."""
    shapes, dtypes = [x.shape[1:] for x in arrays], [str(x.dtype) for x in arrays]
    proto = ir.serde.serialize_model(_traced(function, shapes, dtypes))
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    return session.run(None, {f"x{i}": x for i, x in enumerate(arrays)})[0].tolist()


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_the_least_number_ends_no_process(dtype):
    """It has no opposite: on x86 a plain quotient by -1 is a fault of the processor."""
    least = np.iinfo(dtype).min
    x, y = np.array([[least, least, 7, -7]], dtype), np.array([[-1, 1, -1, 2]], dtype)
    assert in_file(ops.floor_divide, x, y) == [[least, least, -7, -4]]
    assert in_file(lambda x: ops.floor_divide(x, y[0]), x) == [[least, least, -7, -4]]
    assert in_file(ops.mod, x, y) == [[0, 0, 0, 1]]


def test_the_multiple_of_the_least_number_ends_no_process():
    least = np.iinfo("int32").min
    x, y = np.array([[1, 4]], "int32"), np.array([[least, 6]], "int32")
    assert in_file(ops.lcm, x, y) == [[least, 12]]
