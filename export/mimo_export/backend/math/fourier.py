"""Fourier transforms.

Everything is computed in float64 and cast back: onnxruntime's DFT of float32 is off by up to 1e-2
where the length is no power of two. Its inverse transforms lose digits in any dtype, so that an
inverse is written as a forward transform of the conjugate. Short ones are products (`_short.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op, opset
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, unstack
from mimo_export.backend.math import _short
from mimo_export.backend.numpy import padding
from mimo_export.backend.numpy._dtypes import floating

Complex = tuple[TracedTensor, TracedTensor]
"""The real and the imaginary parts."""


def fft(x: Any) -> Complex:
    """One DFT along the last axis, or a product."""
    return _transformed(_pair(x), axes=(-1,))


def fft2(x: Any) -> Complex:
    """One DFT along each of the last two axes."""
    return _transformed(_pair(x), axes=(-1, -2))


def ifft2(x: Any) -> Complex:
    """The conjugate of `fft2` of the conjugate, divided by the number of elements."""
    real, imaginary = _pair(x)
    real, imaginary = _transformed((real, run("Neg", imaginary)), axes=(-1, -2))
    count = run("Mul", _size(real, -1, real.dtype), _size(real, -2, real.dtype))
    return run("Div", real, count), run("Neg", run("Div", imaginary, count))


def rfft(x: Any, fft_length: int | None = None) -> Complex:
    """One DFT of which the half is kept that the other one mirrors."""
    x = floating(x)
    x = x if fft_length is None else _fitted(x, fft_length)
    size = x.shape[-1]
    if _short.is_short(size, _short.LONGEST_REAL):
        real, imaginary = _short.real(cast(x, "float64"))
        return cast(real, x.dtype), cast(imaginary, x.dtype)
    wide = op("Unsqueeze", cast(x, "float64"), ints(-1))
    bins = None if size is None else size // 2 + 1
    return parts(_dft(wide, x.ndim - 1, bins, onesided=1), x.dtype)


def irfft(x: Any, fft_length: int | None = None) -> TracedTensor:
    """The real part of one DFT of a spectrum completed by its mirror image, or two products."""
    real, imaginary = _pair(x)
    bins = real.shape[-1]
    size = fft_length or (None if bins is None else 2 * (bins - 1))
    if size is not None and _short.is_short(size, _short.LONGEST_REAL):
        a, b = (cast(_fitted(part, size // 2 + 1), "float64") for part in (real, imaginary))
        return cast(_short.inverse_real(a, b, size), real.dtype)
    if fft_length is None:
        count = run("Add", _size(real, -1), run("Sub", _size(real, -1), ints(2)))
        mirror = slice(-2, 0, -1)
    else:
        count = ints(fft_length)
        real, imaginary = (_fitted(part, fft_length // 2 + 1) for part in (real, imaginary))
        mirror = slice((fft_length - 1) // 2, 0, -1)
    conjugate = run("Neg", imaginary)
    whole = (
        op("Concat", real, real[..., mirror], axis=-1),
        op("Concat", conjugate, imaginary[..., mirror], axis=-1),
    )
    return run("Div", _transformed(whole, axes=(-1,))[0], cast(count, real.dtype))


def _pair(x: Any) -> Complex:
    """Return the two parts of a complex tensor."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"Input `x` should be a tuple of two tensors - real and imaginary.Received: x={x}"
        )
    real, imaginary = (convert_to_tensor(part) for part in x)
    if real.shape != imaginary.shape:
        raise ValueError(
            "Input `x` should be a tuple of two tensors - real and imaginary."
            "Both the real and imaginary parts should have the same shape. "
            f"Received: x[0].shape = {real.shape}, x[1].shape = {imaginary.shape}"
        )
    if "float" not in real.dtype or "float" not in imaginary.dtype:
        raise ValueError(f"At least one tensor in input `x` is not of type float.Received: x={x}.")
    return real, imaginary


def _transformed(x: Complex, axes: Sequence[int]) -> Complex:
    """Return the transform of a complex tensor along negative axes."""
    real, imaginary = (cast(part, "float64") for part in x)
    if all(_short.is_short(real.shape[axis], _short.LONGEST_COMPLEX) for axis in axes):
        for axis in axes:
            real, imaginary = _short.whole(real, imaginary, axis)
        return cast(real, x[0].dtype), cast(imaginary, x[0].dtype)
    both = op("Concat", *(op("Unsqueeze", part, ints(-1)) for part in (real, imaginary)), axis=-1)
    for axis in axes:
        place = x[0].ndim + axis
        both = _dft(both, place, both.dims[place])
    return parts(both, x[0].dtype)


def _dft(x: TracedTensor, axis: int, size: int | str | None, **attributes: int) -> TracedTensor:
    """Return [..., 2], transformed along an axis, which has `size` elements then."""
    dims = [size if i == axis else dim for i, dim in enumerate(x.dims[:-1])]
    types = None if x.is_constant else [(x.dtype, (*dims, 2))]
    if opset() < 20:
        return op("DFT", x, axis=axis, types=types, **attributes)
    return op("DFT", x, None, constant(axis, "int64"), types=types, **attributes)


def parts(x: TracedTensor, dtype: str) -> Complex:
    """Return the real and the imaginary part of [..., 2] in a dtype."""
    real, imaginary = unstack(x, axis=-1)
    return cast(real, dtype), cast(imaginary, dtype)


def _fitted(x: TracedTensor, size: int) -> TracedTensor:
    """Return x with a last axis of a static size: cut off, or filled up with zeros."""
    known = x.shape[-1]
    if known is None or known < size:
        behind = size - (known or 0)
        x = padding.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, behind)])
    if known is not None and known <= size:
        return x
    types = None if x.is_constant else [(x.dtype, (*x.dims[:-1], size))]
    return op("Slice", x, ints(0), ints(size), ints(-1), types=types)


def _size(x: TracedTensor, axis: int, dtype: str = "int64") -> TracedTensor:
    return convert_to_tensor(_shapes.size_of(x, axis), dtype)
