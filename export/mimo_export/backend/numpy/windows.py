"""Windows of signal processing, whose length is a number that the model knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mimo_export.backend._graph import constant
from mimo_export.backend._tensor import Array, TracedTensor
from mimo_export.backend.core import convert_to_tensor


def bartlett(x: Any) -> TracedTensor:
    """A constant: a triangle."""
    return _window(np.bartlett, x)


def blackman(x: Any) -> TracedTensor:
    """A constant: Blackman's window."""
    return _window(np.blackman, x)


def hamming(x: Any) -> TracedTensor:
    """A constant: Hamming's window."""
    return _window(np.hamming, x)


def hanning(x: Any) -> TracedTensor:
    """A constant: Hann's window."""
    return _window(np.hanning, x)


def kaiser(x: Any, beta: float) -> TracedTensor:
    """A constant: Kaiser's window."""
    beta = float(convert_to_tensor(beta))
    return _window(lambda length: np.kaiser(length, beta), x)


def _window(make: Callable[[int], Array], length: Any) -> TracedTensor:
    return constant(make(int(convert_to_tensor(length))), keras.config.floatx())
