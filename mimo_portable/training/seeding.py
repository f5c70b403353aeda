"""One seed, one model, on every backend: initial weights drawn by NumPy.

Keras draws initial weights with its backend's generator, so that one seed gives three models. Here
every weight is drawn again, by a NumPy form of its own initialiser, from one generator, in the
order of the layers. Dropout is the exception: its masks are drawn by the backend while training,
from a seed that is set here, so that a run can be repeated on one backend but not on another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import keras
import numpy as np

from mimo_portable.data.contract import Array

_INITIALIZERS = {
    "kernel": "kernel_initializer",
    "recurrent_kernel": "recurrent_initializer",
    "bias": "bias_initializer",
    "embeddings": "embeddings_initializer",
    "gamma": "gamma_initializer",
    "beta": "beta_initializer",
    "moving_mean": "moving_mean_initializer",
    "moving_variance": "moving_variance_initializer",
}
"""The attribute that says how a weight starts, for the attribute that holds it."""

_TRUNCATED_DEVIATION = 0.87962566103423978
"""Deviation of a standard normal variable cut at 2; Keras divides by it, and so do we."""


def initialize(model: keras.Model, seed: int) -> None:
    """Overwrite all state of a built model by values that depend on the seed alone.

    Raises:
        NotImplementedError: The model holds a weight or an initialiser that is not known here.
    """
    generator = np.random.default_rng(seed)
    done: set[int] = set()
    for layer in _walk(model):
        for name, initializer in _INITIALIZERS.items():
            variable = getattr(layer, name, None)
            if isinstance(variable, keras.Variable) and id(variable) not in done:
                value = _value(layer, variable, getattr(layer, initializer), generator)
                variable.assign(value.astype(np.float32))
                done.add(id(variable))
    for variable in model.variables:
        if variable.name == "seed_generator_state":
            variable.assign(np.array([generator.integers(2**31), 0], np.uint32))
        elif id(variable) not in done:
            raise NotImplementedError(
                f"no rule draws the weight '{variable.path}': add its attribute to _INITIALIZERS"
            )


def _walk(layer: keras.Layer) -> Iterator[keras.Layer]:
    """Yield a layer and all layers in it, in the order of construction."""
    yield layer
    inner = list(getattr(layer, "layers", ()))
    inner += [
        part
        for name in ("layer", "forward_layer", "backward_layer", "cell")
        if isinstance(part := getattr(layer, name, None), keras.Layer)
    ]
    for part in inner:
        yield from _walk(part)


def _value(
    layer: keras.Layer,
    variable: keras.Variable,
    initializer: keras.initializers.Initializer,
    generator: np.random.Generator,
) -> Array:
    value = draw(initializer, tuple(variable.shape), generator)
    if variable.name == "bias" and getattr(layer, "unit_forget_bias", False):
        # Gates stand in the order input, forget, candidate, output.
        value[layer.units : 2 * layer.units] = 1
    return value


def draw(
    initializer: keras.initializers.Initializer,
    shape: tuple[int, ...],
    generator: np.random.Generator,
) -> Array:
    """Draw a weight by Keras's definition of the initialiser, float64 in the given shape.

    Raises:
        NotImplementedError: The initialiser has no NumPy form here.
    """
    match initializer:
        case keras.initializers.Zeros():
            return np.zeros(shape)
        case keras.initializers.Ones():
            return np.ones(shape)
        case keras.initializers.RandomUniform():
            return generator.uniform(initializer.minval, initializer.maxval, shape)
        case keras.initializers.VarianceScaling():
            return _variance_scaling(initializer, shape, generator)
        case keras.initializers.Orthogonal():
            return _orthogonal(initializer.gain, shape, generator)
    raise NotImplementedError(
        f"{type(initializer).__name__} has no NumPy form: add a case to training/seeding.py"
    )


def _variance_scaling(
    initializer: keras.initializers.VarianceScaling,
    shape: tuple[int, ...],
    generator: np.random.Generator,
) -> Array:
    field = math.prod(shape[:-2])
    fan_in, fan_out = (shape[-2] * field, shape[-1] * field) if len(shape) > 1 else shape * 2
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    variance = initializer.scale / max(1.0, fan[initializer.mode])
    if initializer.distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return generator.uniform(-limit, limit, shape)
    if initializer.distribution == "untruncated_normal":
        return generator.normal(0, math.sqrt(variance), shape)
    return _truncated_normal(shape, generator) * math.sqrt(variance) / _TRUNCATED_DEVIATION


def _truncated_normal(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    values = generator.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.standard_normal(int(outside.sum()))
    return values


def _orthogonal(gain: float, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    q, r = np.linalg.qr(generator.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes the draw uniform among orthogonal matrices
    return (gain * (q.T if rows < columns else q)).reshape(shape)
