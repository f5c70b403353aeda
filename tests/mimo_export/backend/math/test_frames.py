"""Frames, short transforms of them and back, and the layers that Keras makes of these."""

import keras
import numpy as np
import pytest
from functions import check_function
from harness import check_layer
from keras import layers, ops

PERIODIC = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow's window of odd length is symmetric"
)
WHOLE = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch leaves the margins of a frame out"
)
SUMMED = pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX divides by the number of frames that overlap"
)


@pytest.mark.parametrize("size", [11, None])
def test_frames(size):
    check_function(
        lambda x: [ops.extract_sequences(x, 3, stride) for stride in (1, 2, 5)], (2, size)
    )


@pytest.mark.parametrize(
    ("length", "stride", "fft_length", "center", "window"),
    [
        (8, 2, 8, True, "hann"),
        pytest.param(5, 2, 7, False, "hamming", marks=PERIODIC),
        (4, 3, 6, True, np.array([0.5, 1, 2, 1], "float32")),
        pytest.param(6, 3, 10, False, None, marks=WHOLE),
    ],
)
def test_short_transforms(length, stride, fft_length, center, window):
    check_function(
        lambda x: ops.stft(x, length, stride, fft_length, window=window, center=center), (20,)
    )


def test_short_transforms_of_any_shape():
    check_function(lambda x: ops.stft(x[:, None], 4, 2, 4), (None,))


@pytest.mark.parametrize(
    ("length", "stride", "fft_length", "center", "window"),
    [
        (8, 2, 8, True, "hann"),
        (6, 3, 9, False, "hamming"),
        pytest.param(6, 3, 10, True, None, marks=SUMMED),
    ],
)
def test_signals_from_short_transforms(length, stride, fft_length, center, window):
    """Compared in the middle, where as many frames overlap as can: backends differ at the ends."""

    def function(x, y):
        options = {"window": window, "center": center}
        signal = ops.istft((x, y), length, stride, fft_length, **options)
        return signal[:, fft_length:-fft_length]

    shape = (16, fft_length // 2 + 1)
    check_function(function, shape, shape)


@SUMMED
def test_signals_from_short_transforms_of_dynamic_sizes():
    def function(x):
        return ops.istft((x, 2 * x), 6, 3, 10, window=None)[:, 10:-10]

    check_function(function, (16, None))


def test_signal_comes_back_to_its_ends():
    """The frames of a signal give the signal, wherever Keras's own backend does it too."""
    options = (4, 2, 4)

    def function(x):
        return ops.istft(ops.stft(x, *options), *options, length=8)

    ends = function if keras.backend.backend() != "tensorflow" else lambda x: function(x)[:, 2:-2]
    check_function(lambda x: ends(ops.tile(x, (1, 3))), (None,))


MODES = ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]


@pytest.mark.parametrize("mode", MODES)
def test_spectrogram_layer(mode):
    expand_dims = mode in ("log", "real", "angle", "stft")
    # TensorFlow has no channels-first convolution on a CPU.
    last = expand_dims or keras.backend.backend() == "tensorflow"
    data_format, shape = ("channels_last", (40, 2)) if last else ("channels_first", (2, 40))
    layer = layers.STFTSpectrogram(
        mode=mode,
        frame_length=8,
        frame_step=3,
        fft_length=16,
        padding="same" if mode in ("psd", "stft") else "valid",
        expand_dims=expand_dims,
        data_format=data_format,
        name="spectrogram",
    )
    check_layer(layer, shape)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"power_to_db": False, "mag_exp": 1.0, "window": "hamming"},
        {"sequence_length": 16, "top_db": 20.0, "min_freq": 100.0, "max_freq": 3000.0},
        {"window": None, "ref_power": 2.0, "min_power": 1e-3},
    ],
)
def test_mel_spectrogram_layer(options):
    layer = layers.MelSpectrogram(
        **{"fft_length": 32, "sequence_stride": 8, "num_mel_bins": 6, **options}, name="mel"
    )
    check_layer(layer, (100,))


def test_mel_spectrogram_of_speech_length():
    layer = layers.MelSpectrogram(fft_length=400, sequence_stride=160, num_mel_bins=20, name="mel")
    check_layer(layer, (1600,))
