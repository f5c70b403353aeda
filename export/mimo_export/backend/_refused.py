"""Why some functions of Keras's backend have no ONNX form, and the functions that say so.

A function is here if no composition of ONNX operators gives its values to float32's digits, for any
input, in a number of steps that is known. What is missing for another reason is not missing.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import keras

from mimo_export.errors import UnsupportedOperationError

_ITERATED = "its values come from an iteration without a fixed end"

REASONS = {
    "core.grad": "a derivative is taken by a framework, of a function that it traces",
    "image.elastic_transform": "it draws random displacements, and a file gives one answer to one "
    "input",
    "linalg.eig": f"{_ITERATED}, and they are complex",
    "linalg.eigh": f"{_ITERATED}, and nothing fixes the signs of the vectors",
    "linalg.jvp": "a derivative is taken by a framework, of a function that it traces",
    "linalg.matrix_rank": f"it counts singular values: {_ITERATED}",
    "linalg.pinv": f"it divides by singular values: {_ITERATED}",
    "linalg.svd": f"{_ITERATED}, and nothing fixes the signs of the vectors",
    "math.gammainc": _ITERATED,
    "nn.ctc_loss": "a loss belongs to training, and Keras's backends compute this one differently "
    "where a label cannot be reached",
    "numpy.nextafter": "ONNX cannot read the bits of a number, and Keras's backends disagree: only "
    "JAX gives the neighbour in the dtype of the tensor",
}
"""The reason for each refused function, by family and name; it completes "X has no ONNX form:"."""


def refusal(name: str) -> Callable[..., NoReturn]:
    """Return a function that says that this one has no ONNX form, and where it was asked for."""
    public = f"keras.ops.{name.rsplit('.', maxsplit=1)[-1]}"
    reason = f": {REASONS[name]}" if name in REASONS else ""

    def refuse(*args: Any, **_: Any) -> NoReturn:
        shown = ", ".join(repr(a) for a in keras.tree.flatten(args) if keras.ops.is_tensor(a))
        raise UnsupportedOperationError(
            f"{public} has no ONNX form{reason}",
            where=f"called on {shown or 'no tensor'}",
            remedy="compute it outside the model, or replace it by other operations; "
            "export/README.md, 'Add an operation', shows how to add one",
        )

    return refuse


def exchanged(room: types.ModuleType, ours: Mapping[int, Any]) -> types.ModuleType:
    """Return a copy of a module with ours in the place of what Keras has, by identity."""
    module = types.ModuleType(f"mimo_export.backend.{room.__name__.rpartition('.')[2]}")
    for name, value in vars(room).items():
        setattr(module, name, ours.get(id(value), value))
    return module


def refuse_unbuilt(layer: Any, *_: Any, **__: Any) -> NoReturn:
    """Refuse to build a layer: its weights would be nobody's, and it would keep them."""
    raise UnsupportedOperationError(
        f"{describe_layer(layer)} was never built, so that it has no weights yet",
        remedy="call the model once on sample data before the export: `build` may leave inner "
        "layers out; make layers that have weights in __init__, not in call",
    )


def describe_layer(layer: Any) -> str:
    """Return how an error names a layer: its own name and its class."""
    kind = "model" if isinstance(layer, keras.Model) else "layer"
    return f"{kind} {layer.name!r} ({type(layer).__name__})"
