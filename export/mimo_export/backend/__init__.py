"""The ONNX backend of Keras, room for room as Keras sorts its own backends.

Each function has Keras's name and signature and adds ONNX nodes to the current graph. The modules
are the table: a function that is here is supported, any other is refused with the layer's name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from mimo_export.backend import _layers as _layers
from mimo_export.backend import _switch, core, image, linalg, math, nn, numpy, random, rnn
from mimo_export.backend import preprocessing as preprocessing
from mimo_export.backend.nn import normalization

FAMILIES = {
    "core": core,
    "image": image,
    "linalg": linalg,
    "math": math,
    "nn": nn,
    "numpy": numpy,
    "random": random,
}
TOP_LEVEL = (core, rnn)
FORMULAS: dict[str, Callable[..., Any]] = {
    "layer_normalization": normalization.layer_normalization,
    "rms_normalization": normalization.rms_normalization,
}
_SWITCH = _switch.Switch(FAMILIES, TOP_LEVEL, FORMULAS)


def onnx_backend() -> AbstractContextManager[None]:
    """Let Keras build ONNX nodes instead of computing, in this thread, while the block runs."""
    return _SWITCH.on()
