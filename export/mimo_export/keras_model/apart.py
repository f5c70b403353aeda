"""Where Keras's own backends disagree: which of them stands alone, and in what.

A file holds one answer. A model that runs on a backend of Keras which gives another one than the
file has cannot agree with its export.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from mimo_export.keras_model import private_graph

_POOLS = (
    keras.layers.AveragePooling1D,
    keras.layers.AveragePooling2D,
    keras.layers.AveragePooling3D,
)
_HALF = 2


@dataclass(frozen=True)
class Apart:
    """A difference between Keras's backends (each tried with Keras 3.15).

    Attributes:
        backends: Those that stand alone.
        is_met: Whether a layer or an operation is such a one.
        what: What they do, to complete "Keras on X ...".
    """

    backends: tuple[str, ...]
    is_met: Callable[[Any], bool]
    what: str


APART = {
    "AveragePooling": Apart(
        ("torch",),
        lambda it: (
            isinstance(it, _POOLS)
            and it.padding == "same"
            and any(size > _HALF for size in keras.tree.flatten(it.pool_size))
        ),
        "takes other numbers into the means at the border of padding='same'",
    ),
    "TopK": Apart(
        ("torch", "tensorflow"),
        lambda it: type(it).__name__ == "TopK" and not it.sorted,
        "gives what top_k(sorted=False) finds in an order of its own",
    ),
    "Cross": Apart(
        ("torch",),
        lambda it: type(it).__name__ == "Cross",
        "multiplies by cross along the first axis of size 3, which is the batch if that is 3",
    ),
    "CountNonzero": Apart(
        ("torch",),
        lambda it: type(it).__name__ == "CountNonzero",
        "turns the axes of what count_nonzero leaves",
    ),
    "Resizing": Apart(
        ("jax", "torch", "tensorflow"),
        lambda it: (
            isinstance(it, keras.layers.Resizing)
            and any("int" in tensor.dtype for tensor in private_graph.read_by(it))
            and it.interpolation != "nearest"
        ),
        "rounds an integer half way between two to the side on which its own float32 has it, so "
        "that a pixel may be one more or less (--atol 1 accepts that)",
    ),
}
"""The differences, by the name of the layer or operation."""


def apart_in(model: Any) -> tuple[str, ...]:
    """Return a line for each layer or operation of a model in which this backend stands alone.

    What a layer computes inside of its own `call` is not seen.
    """
    backend = keras.backend.backend()
    return tuple(
        f"{it.name!r} ({type(it).__name__}): Keras on {backend} {difference.what}"
        for it in _parts(model)
        for difference in APART.values()
        if backend in difference.backends and difference.is_met(it)
    )


def _parts(model: Any) -> list[Any]:
    """Return every layer of a model and, of the graphs in it, every operation."""
    layers = [model, *model._flatten_layers(include_self=False)]
    operations = [it for layer in layers for it in getattr(layer, "operations", ())]
    return list({id(it): it for it in (*operations, *layers)}.values())
