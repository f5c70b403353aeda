"""Tell a batch that a person has fixed from one that Keras has noted of the first data.

A Sequential that was made without an input gets one when it is first called, with the batch of that
call, which is any batch. Its layer and its entry in a file look as `keras.Input(batch_shape=...)`
does, but for some signs:

1. somebody has named the input;
2. it was made in this process, and not with the two arguments that Keras itself makes one with;
3. its dtype is not the one that Keras would have taken from the first layer;
4. the layers work with that batch and with no other.
"""

from __future__ import annotations

import weakref
from collections.abc import MutableMapping
from typing import Any

import keras

from mimo_export.backend import _switch
from mimo_export.backend._names import automatic_stem
from mimo_export.keras_errors import keras_errors
from mimo_export.keras_model import private_graph

_needed: MutableMapping[Any, bool] = weakref.WeakKeyDictionary()


def is_chosen(model: Any, tensor: Any) -> bool:
    """Tell whether the fixed first size of a Sequential's input is more than that of a sample."""
    layer = private_graph.making_layer(tensor)
    if automatic_stem(layer.name, "InputLayer") is None:
        return True
    if private_graph.is_input_of_a_person(layer):
        return True
    return _has_another_dtype(model, tensor) or _is_needed(model, tensor)


def remedy_where_needed(model: Any) -> str:
    """Return what to state where a Sequential's layers turn out to need the batch that it notes."""
    tensor = private_graph.input_structure(model)
    if not isinstance(model, keras.Sequential) or tensor is None or not tensor.shape:
        return ""
    batch, *sizes = tensor.shape
    if batch is None or is_chosen(model, tensor):
        return ""
    shown = ",".join("?" if size is None else str(size) for size in sizes)
    spec = f"{private_graph.input_name(tensor)}:{tensor.dtype}[batch={batch},{shown}]"
    return (
        f"where the layers need the batch of {batch} that Keras has noted, state it: "
        f"inputs=[keras.Input(batch_shape={tuple(tensor.shape)}, name=...)], on the command line "
        f"--input '{spec}'"
    )


def _has_another_dtype(model: Any, tensor: Any) -> bool:
    """Tell whether the input has not the dtype that Keras gives to one that it makes itself."""
    first = next(iter(model.layers), None)
    return first is not None and str(tensor.dtype) != str(first.compute_dtype)


def _is_needed(model: Any, tensor: Any) -> bool:
    """Tell whether the layers take rows in this number and in no other."""
    graph = private_graph.graph_of(model)
    if graph is None:
        return False
    if graph not in _needed:
        batch = tensor.shape[0]
        _needed[graph] = _takes(graph, tensor, batch) and not _takes(graph, tensor, batch + 1)
    return _needed[graph]


def _takes(graph: Any, tensor: Any, batch: int) -> bool:
    symbolic = keras.KerasTensor((batch, *tensor.shape[1:]), dtype=tensor.dtype)
    try:
        _switch.output_spec(graph.call, symbolic)
    except keras_errors():
        return False
    return True
