"""Normalisation by statistics, given or computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mimo_export.backend._graph import constant, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise, reduction, shaping


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> TracedTensor:
    """A Mul and an Add: the four statistics are constants, and so is what they come to."""
    x = convert_to_tensor(x)
    factor = elementwise.reciprocal(
        elementwise.sqrt(elementwise.add(variance, constant(epsilon, "float32")))
    )
    if scale is not None:
        factor = elementwise.multiply(factor, scale)
    shift = elementwise.negative(elementwise.multiply(mean, factor))
    if offset is not None:
        shift = elementwise.add(shift, offset)
    shape = [1] * x.ndim
    shape[axis] = -1
    factor, shift = (cast(shaping.reshape(part, shape), x.dtype) for part in (factor, shift))
    return op("Add", op("Mul", x, factor), shift)


def moments(
    x: Any, axes: Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[TracedTensor, TracedTensor]:
    """The mean and the variance."""
    x = convert_to_tensor(x)
    narrow = x.dtype in ("float16", "bfloat16")
    wide = cast(x, "float32") if narrow else x
    mean = reduction.mean(wide, axes, keepdims=True)
    variance = reduction.mean(elementwise.square(elementwise.subtract(wide, mean)), axes, keepdims)
    mean = mean if keepdims else shaping.squeeze(mean, list(axes))
    if narrow:
        # Keras keeps both statistics inside float16's range, for bfloat16 too.
        mean, variance = (elementwise.clip(part, -65504.0, 65504.0) for part in (mean, variance))
    return cast(mean, x.dtype), cast(variance, x.dtype)
