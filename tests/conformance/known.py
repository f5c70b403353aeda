"""Tests of Keras's that cannot agree, each with its reason: no fault of the exporter is here."""

from __future__ import annotations

from collections.abc import Mapping

import keras

_MERGING = "layers/merging/merging_test.py::MergingLayersTest"
_PIPELINE = "layers/preprocessing/pipeline_test.py::PipelineTest"

_MEL = "layers/preprocessing/mel_spectrogram_test.py::MelSpectrogramTest"
_ROUNDED = (
    "the logarithm shows Keras's rounding: against float64, its transform of that signal is off by "
    "1.1e-6 (root of the mean square), ours by 2.8e-7"
)

_ALWAYS: Mapping[str, str] = {
    f"{_PIPELINE}::test_correctness": "the test counts the calls of its own layer, and the "
    "comparison calls it once more",
}
_ON_BACKEND: Mapping[str, Mapping[str, str]] = {
    "tensorflow": {
        f"{_MERGING}::test_average_with_mask": "Python's / of integer tensors is float64 on "
        "TensorFlow, float32 on JAX and PyTorch as it is here",
        f"{_MEL}::test_output_shape4": _ROUNDED,
        f"{_MEL}::test_output_shape5": _ROUNDED,
    },
}


def reasons() -> dict[str, str]:
    """Return the reason for each test that cannot agree on the running backend, by its name."""
    return {**_ALWAYS, **_ON_BACKEND.get(keras.backend.backend(), {})}
