"""Short Fourier transforms as products with matrices, in float64 as all of them.

onnxruntime's DFT takes a fast way for powers of two alone. Products have the same error, and are at
most as slow for one row; for a thousand rows of 10, 100 and 240 they take 0.03, 0.07 and 0.10 of
the time, for 98 frames of 400 in a signal 0.1, for a thousand rows of 64 0.3 (onnxruntime 1.32, one
thread). The matrices are in the file, so that long transforms keep the operator.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_export.backend._graph import constant, ints, op_multi
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import Array, TracedTensor

LONGEST_REAL = 512
LONGEST_COMPLEX = 256
_LONGEST_POWER = 128  # of two


def is_short(size: Any, longest: int) -> bool:
    """Whether a product is the better form of a transform of a size."""
    if not isinstance(size, int) or size < 1:
        return False
    return size <= (longest if size & (size - 1) else _LONGEST_POWER)


def real(x: TracedTensor, weights: Array | None = None) -> tuple[TracedTensor, TracedTensor]:
    """Return both parts of half the transform of float64 [..., size], weighted before."""
    size = int(x.shape[-1] or 0)
    bins = size // 2 + 1
    table = _turns(size, bins) * (1 if weights is None else weights[:, None])
    both = np.concatenate([table.real, table.imag], axis=1)
    real, imaginary = _halves(run("MatMul", x, constant(both, "float64")), -1, bins)
    return real, imaginary


def inverse_real(real: TracedTensor, imaginary: TracedTensor, size: int) -> TracedTensor:
    """Return the signal [..., size] of which float64 parts are half the transform."""
    bins = size // 2 + 1
    mirrored = np.where((np.arange(bins) == 0) | (2 * np.arange(bins) == size), 1, 2)
    table = _turns(size, bins) * mirrored / size
    return run(
        "Add",
        run("MatMul", real, constant(table.real.T, "float64")),
        run("MatMul", imaginary, constant(table.imag.T, "float64")),
    )


def whole(
    real: TracedTensor, imaginary: TracedTensor, axis: int
) -> tuple[TracedTensor, TracedTensor]:
    """Return both parts of the transform of float64 parts along the last axis or that before."""
    size = int(real.shape[axis] or 0)
    table = _turns(size, size)
    both = np.concatenate([table.real, table.imag], axis=1)

    def halves(part: TracedTensor) -> tuple[TracedTensor, TracedTensor]:
        if axis == -1:
            return _halves(run("MatMul", part, constant(both, "float64")), axis, size)
        return _halves(run("MatMul", constant(both.T, "float64"), part), axis, size)

    (a, b), (c, d) = halves(real), halves(imaginary)
    return run("Sub", a, d), run("Add", b, c)


def _turns(size: int, bins: int) -> Array:
    """Return what each element counts in each bin, from one turn of the circle."""
    circle = np.exp(-2j * np.pi * np.arange(size) / size)
    return circle[np.outer(np.arange(size), np.arange(bins)) % size]


def _halves(x: TracedTensor, axis: int, size: int) -> tuple[TracedTensor, TracedTensor]:
    first, second = op_multi("Split", x, ints(size, size), axis=x.ndim + axis, outputs=2)
    return first, second
