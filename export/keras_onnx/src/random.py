"""Keras's random numbers, drawn by NumPy; a graph that is exported draws none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras.src.backend.config import floatx
from keras.src.random.seed_generator import SeedGenerator, draw_seed, make_default_seed

from keras_onnx.src._eager import is_exporting
from keras_onnx.src._tensor import Tensor

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "draw_seed",
    "dropout",
    "gamma",
    "make_default_seed",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

Generator = np.random.Generator


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draw from a normal distribution."""
    if is_exporting():
        return _traced().normal(shape, mean, stddev, dtype, seed)
    return _drawn(seed, dtype, lambda rng: rng.normal(mean, stddev, _sizes(shape)))


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draw from an interval."""
    if is_exporting():
        return _traced().uniform(shape, minval, maxval, dtype, seed)
    return _drawn(seed, dtype, lambda rng: rng.uniform(minval, maxval, _sizes(shape)))


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draw integers from an interval without its end."""
    if is_exporting():
        return _traced().randint(shape, minval, maxval, dtype, seed)
    return _drawn(seed, dtype, lambda rng: rng.integers(minval, maxval, _sizes(shape)))


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draw from a normal distribution whose tails from two deviations on are cut off."""
    if is_exporting():
        return _traced().truncated_normal(shape, mean, stddev, dtype, seed)

    def draw(rng: Generator) -> Any:
        values = rng.normal(size=_sizes(shape))
        while (far := np.abs(values) > 2).any():
            values = np.where(far, rng.normal(size=values.shape), values)
        return values * stddev + mean

    return _drawn(seed, dtype, draw)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from a gamma distribution."""
    if is_exporting():
        return _traced().gamma(shape, alpha, dtype, seed)
    return _drawn(seed, dtype, lambda rng: rng.gamma(np.asarray(alpha), size=_sizes(shape)))


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from a beta distribution."""
    if is_exporting():
        return _traced().beta(shape, alpha, beta, dtype, seed)
    ends = np.asarray(alpha), np.asarray(beta)
    return _drawn(seed, dtype, lambda rng: rng.beta(*ends, size=_sizes(shape)))


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Any:
    """Draw numbers of successes."""
    if is_exporting():
        return _traced().binomial(shape, counts, probabilities, dtype, seed)
    tries = np.asarray(counts).astype("int64"), np.asarray(probabilities)
    return _drawn(seed, dtype, lambda rng: rng.binomial(*tries, size=_sizes(shape)))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draw classes for each row of logits, which need not be normal."""
    if is_exporting():
        return _traced().categorical(logits, num_samples, dtype, seed)
    rows = np.asarray(logits, "float64")[:, None]

    def draw(rng: Generator) -> Any:
        noise = rng.gumbel(size=(rows.shape[0], num_samples, rows.shape[-1]))
        return np.argmax(rows + noise, axis=-1)

    return _drawn(seed, dtype, draw)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """Change the order along an axis."""
    if is_exporting():
        return _traced().shuffle(x, axis, seed)
    array = np.asarray(x)
    return _drawn(seed, array.dtype, lambda rng: rng.permutation(array, axis=axis))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Leave out a part of the elements, and raise the others to keep the sum."""
    if is_exporting():
        return _traced().dropout(inputs, rate, noise_shape, seed)
    array = np.asarray(inputs)
    given = noise_shape or array.shape
    shape = [size if n is None else n for n, size in zip(given, array.shape, strict=True)]

    def draw(rng: Generator) -> Any:
        kept = rng.uniform(size=shape) >= rate
        return np.where(kept, array / (1 - rate), 0)

    return _drawn(seed, array.dtype, draw)


def _drawn(seed: Any, dtype: Any, draw: Callable[[Generator], Any]) -> Tensor:
    state = np.asarray(draw_seed(seed)).astype("uint32")
    return Tensor(np.asarray(draw(np.random.default_rng(state))).astype(_numpy_dtype(dtype)))


def _numpy_dtype(dtype: Any) -> Any:
    from mimo_export.backend._graph import ir_numpy

    name = floatx() if dtype is None else dtype
    return ir_numpy(name if isinstance(name, str) else np.dtype(name).name)


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)


def _traced() -> Any:
    from mimo_export.backend import random

    return random
