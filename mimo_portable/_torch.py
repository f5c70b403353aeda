"""What the layers that run on PyTorch's own kernels share (`recurrent.py`, `pooling.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras


def parts(layer: keras.Layer) -> Iterator[keras.Layer]:
    """Yield a layer; of a model its layers, and those of the models within it."""
    if isinstance(layer, keras.Model):
        for part in layer.layers:
            yield from parts(part)
    else:
        yield layer


def are_computed_here(*tensors: Any) -> bool:
    """Whether these are PyTorch's tensors on the CPU, and it is computing and not noting down.

    They are not where Keras asks a layer for its shapes, where PyTorch traces or compiles, and in
    an export, which has tensors of its own in their place.
    """
    import torch

    return all(isinstance(x, torch.Tensor) and x.device.type == "cpu" for x in tensors) and not (
        torch.jit.is_tracing() or torch.compiler.is_compiling()
    )
