"""Pooling whose way back is not slower than the rest of the network, on PyTorch and JAX too.

On PyTorch, Keras copies the pictures that it pools to channels first and hands the result on as
channels last, so that the steps back through it and through its neighbours read one layout and
write the other: 236 of the 390 ms of a training step of `sentiment`, which has 32 channels of 126
by 126. PyTorch's kernels read channels last as they are.

On JAX, the gradient is XLA's SelectAndScatter, which the CPU runs as loops within loops: 175 ms of
that network's 300. Where windows do not overlap, comparing each number with the largest of its
window gives the same gradient, bit for bit, in 22.

As in `mimo_portable.recurrent`, a layer stays the plain Keras layer that it was, but for an
attribute of that one object: its `call`.
"""

from __future__ import annotations

import functools
from typing import Any

import keras

from mimo_portable._torch import are_computed_here, parts


def quicken(layer: keras.Layer) -> None:
    """Let the MaxPooling2D layers of a model, or a layer, train faster; nothing on TensorFlow.

    They are found in models within models. Keras's own way is left to layers that pad, that read
    channels first, and to subclasses; on JAX to windows that overlap. Call by call it is left to
    devices other than the CPU and PyTorch's tracing and compiling. On JAX, what is changed has the
    derivatives that training takes (`jax.grad`, `jax.vjp`), not those of `jax.jvp`.

    Args:
        layer: A built or unbuilt model or layer; it is changed in place.
    """
    backend = keras.config.backend()
    if backend not in _CALLS:
        return
    for part in parts(layer):
        if type(part) is not keras.layers.MaxPooling2D:
            continue
        apart = backend == "torch" or tuple(part.strides) == tuple(part.pool_size)
        if apart and part.padding == "valid" and part.data_format == "channels_last":
            part.call = functools.partial(_CALLS[backend], part)


def _call_on_torch(layer: keras.Layer, inputs: Any) -> Any:
    """Do what the layer's own `call` does.

    Args:
        layer: A MaxPooling2D.
        inputs: float [batch, height, width, channels].

    Returns:
        float [batch, pooled height, pooled width, channels].
    """
    if not are_computed_here(inputs):
        return type(layer).call(layer, inputs)
    from torch.nn.functional import max_pool2d

    channels_first = inputs.permute(0, 3, 1, 2)  # another view of the same numbers
    return max_pool2d(channels_first, layer.pool_size, layer.strides).permute(0, 2, 3, 1)


def _call_on_jax(layer: keras.Layer, inputs: Any) -> Any:
    """Do what the layer's own `call` does, with another way back; shapes as on PyTorch."""
    import jax

    own = functools.partial(type(layer).call, layer)
    if not (isinstance(inputs, jax.Array) and jax.default_backend() == "cpu"):
        return own(inputs)

    def forward(x: Any) -> tuple[Any, tuple[Any, Any]]:
        pooled = own(x)
        return pooled, (x, pooled)

    pool = jax.custom_vjp(own)
    pool.defvjp(forward, functools.partial(_backward, tuple(layer.pool_size)))
    return pool(inputs)


def _backward(size: tuple[int, int], read: tuple[Any, Any], gradient: Any) -> tuple[Any]:
    """Return the gradient of what was pooled: each window's goes to the first of its largest.

    Args:
        size: Height and width of a window.
        read: What was pooled [batch, height, width, channels], and what came of it.
        gradient: That of what came of it [batch, pooled height, pooled width, channels].
    """
    from jax import numpy as jnp

    x, pooled = read
    (tall, wide), (_, height, width, _) = size, pooled.shape
    windows = x[:, : height * tall, : width * wide]
    first = jnp.zeros(pooled.shape, "int32")  # a window of NaN equals nothing
    for place in reversed(range(tall * wide)):
        row, column = divmod(place, wide)
        first = jnp.where(windows[:, row::tall, column::wide] == pooled, place, first)
    place = jnp.arange(tall * wide).reshape(tall, 1, wide, 1)
    spread = [a[:, :, None, :, None] for a in (first, gradient)]
    inner = jnp.where(place == spread[0], spread[1], 0).reshape(windows.shape)
    left = [(0, whole - part) for whole, part in zip(x.shape, windows.shape, strict=True)]
    return (jnp.pad(inner, left),)


_CALLS = {"torch": _call_on_torch, "jax": _call_on_jax}
