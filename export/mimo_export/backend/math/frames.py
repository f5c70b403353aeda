"""Overlapping frames of a signal, and the transforms of them: time and frequency at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import Array, TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.math import _short
from mimo_export.backend.math.fourier import Complex, irfft
from mimo_export.backend.math.fourier import parts as parts_of
from mimo_export.backend.nn._windows import places
from mimo_export.backend.numpy import elementwise, padding, reduction, shaping

_PLACES = 65_536  # of 8 bytes in the file


def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> TracedTensor:
    """One Gather of the places that each frame covers; what fills no frame is left out."""
    x = convert_to_tensor(x)
    frames = places(x, x.ndim - 1, sequence_length, sequence_stride)
    return op("Gather", x, frames, axis=x.ndim - 1)


def stft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Complex:
    """One STFT, or a product; the signal is reflected at its ends before if frames are centred.

    Where Keras's backends differ, the majority is followed: a named window is periodic (that of
    TensorFlow is symmetric if its length is odd), and without one the whole frame counts (PyTorch
    leaves the margins of a frame out that is longer than the window).
    """
    x = convert_to_tensor(x)
    if x.dtype not in ("float32", "float64"):
        raise TypeError(
            f"Invalid input type. Expected `float32` or `float64`. Received: input type={x.dtype}"
        )
    if fft_length < sequence_length:
        raise ValueError(
            "`fft_length` must equal or larger than `sequence_length`. "
            f"Received: sequence_length={sequence_length}, fft_length={fft_length}"
        )
    weights = _window(window, sequence_length, fft_length)
    if center:
        around = (fft_length // 2, fft_length // 2)
        x = padding.pad(x, [(0, 0)] * (x.ndim - 1) + [around], mode="reflect")
    sizes = [_shapes.size_of(x, axis) for axis in range(x.ndim - 1)]
    size = x.shape[-1]
    count = None if size is None else (size - fft_length) // sequence_stride + 1
    if _is_product(count, sequence_stride, fft_length):
        frames = _laid_out(cast(x, "float64"), fft_length, sequence_stride)
        real, imaginary = (cast(part, x.dtype) for part in _short.real(frames, weights))
        return real, imaginary
    rows = shaping.reshape(cast(x, "float64"), (-1, _shapes.size_of(x, -1), 1))
    result = op(
        "STFT",
        rows,
        constant(sequence_stride, "int64"),
        constant(weights, "float64"),
        types=[("float64", (rows.dims[0], count, fft_length // 2 + 1, 2))],
        onesided=1,
    )
    real, imaginary = parts_of(result, x.dtype)
    return _spread(real, sizes), _spread(imaginary, sizes)


def _is_product(count: int | None, stride: int, length: int) -> bool:
    """Whether frames are short enough for a product, and their places take little of the file."""
    together = math.gcd(length, stride)
    places = 0 if count is None else count * length // together
    return _short.is_short(length, _short.LONGEST_REAL) and places <= _PLACES


def _laid_out(x: TracedTensor, length: int, stride: int) -> TracedTensor:
    """Return frames [..., count, length] of a signal [..., size].

    They are gathered in pieces of as many elements as divide both the length and the stride.
    """
    together = math.gcd(length, stride)
    *outer, size = (_shapes.size_of(x, axis) for axis in range(x.ndim))
    count = elementwise.floor_divide(size, together)
    end = elementwise.multiply(count, together)
    pieces = _shapes.reshape(x[..., :end], (*outer, count, together))
    frames = places(pieces, x.ndim - 1, length // together, stride // together)
    gathered = op("Gather", pieces, frames, axis=x.ndim - 1)
    return _shapes.reshape(gathered, (*outer, _shapes.size_of(gathered, -3), length))


def _spread(rows: TracedTensor, sizes: Sequence[Any]) -> TracedTensor:
    """Return [rows, ...] with its rows in other dimensions."""
    rest = [_shapes.size_of(rows, axis) for axis in range(1, rows.ndim)]
    return rows if len(sizes) == 1 else shaping.reshape(rows, (*sizes, *rest))


def _window(window: Any, length: int, whole: int) -> Array:
    """Return the weights of a frame of `whole` places, of which those in the middle count."""
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ValueError(
                "If a string is passed to `window`, it must be one of "
                f'`"hann"`, `"hamming"`. Received: window={window}'
            )
        base = 0.5 if window == "hann" else 0.54
        weights = base - (1 - base) * np.cos(2 * np.pi * np.arange(length) / length)
    elif window is None:
        return np.ones(whole)
    else:
        weights = np.asarray(convert_to_tensor(window))
    if weights.shape != (length,):
        raise ValueError(
            "The shape of `window` must be equal to [sequence_length]."
            f"Received: window shape={weights.shape}"
        )
    before = (whole - length) // 2
    return np.pad(weights, (before, whole - length - before))


def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> TracedTensor:
    """Frames from `irfft`, weighted again, added where they overlap, divided by the weights' sum.

    Keras's backends differ where fewer frames overlap, at the ends. The majority is followed:
    centred frames as long as the transform are divided by what really overlaps (JAX, PyTorch), any
    other by what would overlap in the middle, without a window not at all (TensorFlow, PyTorch).
    """
    frames = irfft(x, fft_length)
    if window is not None:
        weights = _window(window, sequence_length, fft_length)
        exact = center and sequence_length == fft_length
        with np.errstate(invalid="ignore"):  # 0 / 0 where all windows are 0, as in Keras
            scale = weights if exact else weights / _periodic(weights**2, sequence_stride)
        frames = run("Mul", frames, constant(scale, frames.dtype))
    result = _overlapped(frames, sequence_stride)
    if window is not None and exact:
        count = _shapes.size_of(frames, -2)
        squares = _shapes.expand(constant(weights**2, frames.dtype), (count, fft_length))
        result = run("Div", result, _overlapped(squares, sequence_stride))
    start = fft_length // 2 if center else 0
    if length is not None:
        return result[..., start : start + length]
    return result[..., start : -start or None]


def _periodic(weights: Array, stride: int) -> Array:
    """Return for each place of a frame the sum of the weights of all frames that overlap there."""
    places = np.arange(len(weights)) % stride
    return np.bincount(places, weights, minlength=stride)[places]


def _overlapped(frames: TracedTensor, stride: int) -> TracedTensor:
    """Return the sum of frames [..., count, length] laid a stride after each other.

    Each frame is cut in parts of a stride. The k-th parts of all frames, one after the other, are a
    row that begins k strides after the signal; rows padded by one stride too many, and read again
    with that much less, are shifted by just this.
    """
    length = _shapes.static_size(frames, -1, "keras.ops.istft")
    parts = -(-length // stride)
    *outer, count, _ = (_shapes.size_of(frames, axis) for axis in range(frames.ndim))
    around = [(0, 0)] * (frames.ndim - 1)
    cut = padding.pad(frames, [*around, (0, parts * stride - length)])
    cut = _shapes.reshape(cut, (*outer, count, parts, stride))
    rows = padding.pad(shaping.swapaxes(cut, -2, -3), [*around[1:], (0, 0), (0, parts), (0, 0)])
    flat = shaping.reshape(rows, (*outer, -1))[..., : -parts * stride]
    width = elementwise.multiply(elementwise.add(count, parts - 1), stride)
    total = reduction.sum(shaping.reshape(flat, (*outer, parts, width)), axis=-2)
    return total[..., : (parts * stride - length) * -1 or None]
