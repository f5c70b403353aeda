"""Fourier transforms agree with Keras to float32's digits, also where ONNX's own lose some."""

import re

import numpy as np
import pytest
from functions import check_function
from harness import WIDE
from keras import ops


@pytest.mark.parametrize("size", [100, None])
def test_transforms_of_a_line(size):
    def function(x, y):
        return [*ops.fft((x, y)), *ops.rfft(x), ops.irfft((x, y))]

    check_function(function, (size,), (size,), values=_small)


def test_transforms_of_another_length():
    def function(x, y):
        return [(*ops.rfft(x, length), ops.irfft((x, y), length)) for length in (1, 4, 12)]

    check_function(function, (None,), (None,), values=_small)


@pytest.mark.parametrize("shape", [(3, 4, 5), (None, None)])
def test_transforms_of_a_plane(shape):
    def function(x, y):
        x, y = ops.tanh(x), ops.tanh(y)
        return [*ops.fft2((x, y)), *ops.ifft2((x, y))]

    check_function(function, shape, shape)


@WIDE
def test_transforms_in_double_precision():
    def function(x, y):
        return [*ops.fft((x, y)), *ops.ifft2((x, y)), ops.irfft((x, y)), *ops.stft(x, 4, 2, 4)]

    check_function(function, (6, 10), (6, 10), dtype="float64")


def test_a_long_transform_is_one_operator_in_float64():
    check_function(
        lambda x: ops.rfft(x)[0],
        (256,),
        ops=["Cast", "Unsqueeze", "DFT", "Split", "Squeeze", "Cast"],
        values=_small,
    )


def test_parts_of_other_shapes_are_refused():
    message = (
        "Input `x` should be a tuple of two tensors - real and imaginary."
        "Both the real and imaginary parts should have the same shape. "
        "Received: x[0].shape = (None, 4), x[1].shape = (None, 5)"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_function(lambda x, y: ops.fft((x, y)), (4,), (5,))


def _small(rng, shape):
    """Numbers whose sums stay near 1, so that float32's last digits stay near 1e-7."""
    return rng.normal(size=shape) / np.sqrt(shape[-1])
