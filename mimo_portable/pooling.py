"""Pooling that reads pictures in the layout that they come in, on PyTorch too.

Keras copies the pictures that it pools on PyTorch to channels first and hands the result on as
channels last, so that the steps back through it and through its neighbours read one layout and
write the other: 236 of the 390 ms of a training step of `sentiment`, which has 32 channels of 126
by 126. PyTorch's kernels read channels last as they are.

As in `mimo_portable.recurrent`, a layer stays the plain Keras layer that it was, but for an
attribute of that one object: its `call`.
"""

from __future__ import annotations

import functools
from typing import Any

import keras

from mimo_portable._torch import are_computed_here, parts


def keep_layout(layer: keras.Layer) -> None:
    """Let the MaxPooling2D layers of a model, or a layer, copy no picture; nothing elsewhere.

    They are found in models within models. Keras's own way is left to layers that pad, that read
    channels first, and to subclasses; and, call by call, to devices other than the CPU and to
    PyTorch's tracing and compiling.

    Args:
        layer: A built or unbuilt model or layer; it is changed in place.
    """
    if keras.config.backend() != "torch":
        return
    for part in parts(layer):
        if type(part) is not keras.layers.MaxPooling2D:
            continue
        if part.padding == "valid" and part.data_format == "channels_last":
            part.call = functools.partial(_call, part)


def _call(layer: keras.Layer, inputs: Any) -> Any:
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
