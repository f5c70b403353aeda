"""Normalisation by statistics, given or computed.

`layer_normalization` and `rms_normalization` are no functions of Keras's backends: they take the
place of those of `keras.ops`, because ONNX has an operator for each, which onnxruntime runs in half
the time of the formula, and at large means more exactly. What the operators cannot say is left to
Keras's own formulas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _switch
from mimo_export.backend._graph import constant, op, opset
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise, reduction, shaping

_RMS_SINCE = 23  # the opset that brought RMSNormalization
_MOST_AT_ONCE = 2**17  # numbers that onnxruntime's operator adds one after the other
_LARGEST_MEAN = 8.0  # in deviations; float32 rounds it by at most 5e-7 of one


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> TracedTensor:
    """A Mul and an Add; a mean far from 0 is taken away first, else it would cancel in the Add.

    The passes fold all of them into the weights before or behind, and join those that are left.
    """
    x = convert_to_tensor(x)
    deviation = elementwise.sqrt(elementwise.add(variance, constant(epsilon, "float32")))
    factor = elementwise.reciprocal(deviation)
    if scale is not None:
        factor = elementwise.multiply(factor, scale)
    shape = [1] * x.ndim
    shape[axis] = -1

    def spread(numbers: TracedTensor) -> TracedTensor:
        return cast(shaping.reshape(numbers, shape), x.dtype)

    shift = elementwise.negative(mean)
    if _is_far(mean, deviation):
        centred = op("Mul", op("Add", x, spread(shift)), spread(factor))
        return centred if offset is None else op("Add", centred, spread(offset))
    shift = elementwise.multiply(shift, factor)
    if offset is not None:
        shift = elementwise.add(shift, offset)
    return op("Add", op("Mul", x, spread(factor)), spread(shift))


def _is_far(mean: Any, deviation: TracedTensor) -> bool:
    """Whether a mean is, or may be, so large that its multiples are too coarse for what is left."""
    mean = convert_to_tensor(mean)
    if not (mean.is_constant and deviation.is_constant):
        return True
    return bool(np.any(np.abs(mean.array) > _LARGEST_MEAN * deviation.array))


def moments(
    x: Any, axes: Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[TracedTensor, TracedTensor]:
    """The mean and the variance."""
    x = convert_to_tensor(x)
    narrow = x.dtype in ("float16", "bfloat16")
    wide = cast(x, "float32") if narrow else x
    mean = reduction.mean(wide, axes, keepdims=True)
    variance = reduction.mean_square_distance(wide, mean, axes, keepdims)
    mean = mean if keepdims else shaping.squeeze(mean, list(axes))
    if narrow:
        # Keras keeps both statistics inside float16's range, for bfloat16 too.
        mean, variance = (elementwise.clip(part, -65504.0, 65504.0) for part in (mean, variance))
    return cast(mean, x.dtype), cast(variance, x.dtype)


def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
    rms_scaling: bool = False,
) -> Any:
    """One LayerNormalization over the last axes; Keras's formula over others or very many."""
    x = convert_to_tensor(x)
    sizes = None if rms_scaling else _last_sizes(x, axis)
    many = sizes is not None and math.prod(sizes) > _MOST_AT_ONCE
    if sizes is None or many or not all(_is_of(sizes, part) for part in (gamma, beta)):
        return _switch.composed_layer_normalization(x, gamma, beta, axis, epsilon, rms_scaling)
    return _normalized("LayerNormalization", x, sizes, (gamma, beta), epsilon)


def rms_normalization(
    x: Any, scale: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> Any:
    """One RMSNormalization over the last axes, from opset 23 on; else Keras's formula."""
    x = convert_to_tensor(x)
    sizes = None if opset() < _RMS_SINCE else _last_sizes(x, axis)
    if sizes is None or not _is_of(sizes, scale):
        return _switch.composed_rms_normalization(x, scale, axis, epsilon)
    return _normalized("RMSNormalization", x, sizes, (scale,), epsilon)


def _last_sizes(x: TracedTensor, axis: int | Sequence[int]) -> tuple[int, ...] | None:
    """Return the sizes of some axes where they are the last ones, and each size is known."""
    axes = sorted(a % x.ndim for a in np.atleast_1d(axis)) if x.ndim else []
    sizes = tuple(size for size in (x.dims[a] for a in axes) if isinstance(size, int))
    are_last = axes == list(range(x.ndim - len(axes), x.ndim))
    return sizes if axes and are_last and len(sizes) == len(axes) else None


def _is_of(sizes: tuple[int, ...], part: Any) -> bool:
    return part is None or tuple(part.shape) == sizes


def _normalized(
    op_type: str,
    x: TracedTensor,
    sizes: tuple[int, ...],
    weights: Sequence[Any],
    epsilon: float | None,
) -> TracedTensor:
    """Return x normalised by an operator in float32 at least, as Keras does."""
    wide = cast(x, keras.backend.result_type(x.dtype, "float32"))
    scale, *shift = weights
    factors = np.ones(sizes, "float32") if scale is None else scale
    parts = [cast(part, wide.dtype) for part in (factors, *shift) if part is not None]
    least = keras.config.epsilon() if epsilon is None else epsilon
    return cast(op(op_type, wide, *parts, axis=-len(sizes), epsilon=float(least)), x.dtype)
