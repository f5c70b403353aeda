"""Short transforms are products in float64: as exact as long ones, and no operator for them."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from functions import check_function
from keras import ops

from mimo_export.onnx import to_onnx

_RNG = np.random.default_rng(0)


def found(function, *arrays):
    """Return the kinds of operators of a function, and the first output for some arrays."""
    inputs = [keras.Input(x.shape[1:], name=f"x{i}") for i, x in enumerate(arrays)]
    model = to_onnx(keras.Model(inputs, function(*inputs)))
    session = onnxruntime.InferenceSession(ir.serde.serialize_model(model).SerializeToString())
    feeds = {f"x{i}": x for i, x in enumerate(arrays)}
    return {node.op_type for node in model.graph}, session.run(None, feeds)[0]


def assert_exact(function, exact, *arrays):
    kinds, values = found(function, *arrays)
    assert "MatMul" in kinds
    assert not kinds & {"DFT", "STFT"}
    assert np.abs(values - exact).max() < 1e-7 * np.abs(exact).max()


@pytest.mark.parametrize("size", [1, 2, 7, 64, 500])
def test_real_transforms_and_their_inverses(size):
    x = _RNG.normal(size=(3, size)).astype("float32")
    half = np.fft.rfft(x)
    assert_exact(lambda x: ops.rfft(x)[0], half.real, x)
    real, imaginary = half.real.astype("float32"), half.imag.astype("float32")
    exact = np.fft.irfft(real + 1j * imaginary.astype("float64"), size)
    assert_exact(lambda a, b: ops.irfft((a, b), size), exact, real, imaginary)


def test_complex_transforms_of_lines_and_planes():
    a, b = _RNG.normal(size=(2, 3, 4, 12, 10)).astype("float32")
    whole = a + 1j * b.astype("float64")
    assert_exact(lambda a, b: ops.fft((a, b))[1], np.fft.fft(whole).imag, a, b)
    assert_exact(lambda a, b: ops.fft2((a, b))[0], np.fft.fft2(whole).real, a, b)
    assert_exact(lambda a, b: ops.ifft2((a, b))[1], np.fft.ifft2(whole).imag, a, b)


@pytest.mark.parametrize(("length", "stride"), [(12, 4), (10, 3), (60, 25)])
def test_frames_of_signals(length, stride):
    x = _RNG.normal(size=(2, 203)).astype("float32")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    frames = np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)[:, ::stride]
    exact = np.fft.rfft(frames * window).real

    def function(x):
        return ops.stft(x, length, stride, length, window=window.astype("float32"), center=False)[0]

    assert_exact(function, exact, x)
    check_function(function, (None,), values=_long)


def test_a_number_that_is_none_spoils_its_own_frames():
    x = _RNG.normal(size=(1, 60)).astype("float32")
    x[0, 30] = np.nan
    _, values = found(lambda x: ops.stft(x, 10, 10, 10, center=False)[0], x)
    assert np.isnan(values[0]).all(axis=-1).tolist() == [i == 3 for i in range(6)]


def test_long_ones_and_powers_of_two_keep_the_operators():
    for size in (256, 600):
        kinds, _ = found(lambda x: ops.rfft(x)[0], np.ones((1, size), "float32"))
        assert "DFT" in kinds
    kinds, _ = found(lambda x: ops.stft(x, 256, 64, 256)[0], np.ones((1, 600), "float32"))
    assert "STFT" in kinds


def _long(rng, shape):
    return rng.normal(size=(shape[0], 10 * shape[1] + 60)) / 10
