"""Windows are constants."""

import keras
import pytest
from functions import check_function
from keras import ops


@pytest.mark.parametrize("window", [ops.blackman, ops.hamming, ops.hanning])
def test_window_is_a_constant(window):
    check_function(lambda x: x * window(6), (6,), ops=["Mul"])


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="Keras's TensorFlow form runs only eagerly"
)
def test_triangular_window():
    check_function(lambda x: x * ops.bartlett(6), (6,), ops=["Mul"])


def test_kaisers_window():
    check_function(lambda x: x * ops.kaiser(6, 4.0), (6,), ops=["Mul"])
