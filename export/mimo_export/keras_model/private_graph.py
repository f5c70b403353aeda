"""What Keras notes of a model's graph under private names, read in one place.

Private attributes used (tried with Keras 3.15): Model._inputs_struct, _outputs_struct, _functional,
_nodes_by_depth, _build_shapes_dict, Sequential._layers, KerasTensor._keras_history,
Function._run_through_graph, Operation._auto_config, Operation._inbound_nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


def input_structure(model: Any) -> Any:
    """Return the symbolic inputs of a Functional or Sequential model, else None."""
    if isinstance(model, keras.Sequential):
        first = next(iter(model._layers), None) if model.built else None
        return first.output if isinstance(first, keras.layers.InputLayer) else None
    return getattr(model, "_inputs_struct", None)


def output_structure(model: Any) -> Any:
    """Return the symbolic outputs of a Functional or Sequential model, else None."""
    if isinstance(model, keras.Sequential):
        return model.outputs if model.built and graph_of(model) else None
    return getattr(model, "_outputs_struct", None)


def is_plain_sequence(model: Any) -> bool:
    """Return whether a Sequential has no graph, so that Keras calls one layer after the other."""
    return isinstance(model, keras.Sequential) and model.built and graph_of(model) is None


def graph_of(model: Any) -> Any:
    """Return the Functional model inside a Sequential one; None where Keras could not make it."""
    return getattr(model, "_functional", None)


def making_layer(tensor: Any) -> Any:
    """Return the layer or operation that made a symbolic tensor."""
    return tensor._keras_history.operation


def is_input_of_a_person(layer: Any) -> bool:
    """Tell whether an InputLayer was made with other arguments than Keras makes one with.

    Keras gives a whole shape and the dtype; so does a file. A person leaves the dtype out, or gives
    the batch for itself.
    """
    arguments = getattr(getattr(layer, "_auto_config", None), "config", None)
    if not arguments:
        return False
    return arguments.get("dtype") is None or arguments.get("batch_size") is not None


def read_by(operation: Any) -> list[Any]:
    """Return the symbolic tensors that all calls of a layer or operation have taken."""
    nodes = getattr(operation, "_inbound_nodes", ())
    return [tensor for node in nodes for tensor in node.input_tensors]


def input_name(tensor: Any) -> str:
    """Return the name of a symbolic input: its InputLayer's, which a file keeps, if it has one."""
    history = getattr(tensor, "_keras_history", None)
    return str(tensor.name if history is None else history.operation.name)


def readers_of(model: Any, tensor: Any) -> list[Any]:
    """Return the calls (Keras's nodes) inside a Functional or Sequential model that take a tensor.

    Calls of the same layers in other models are left out; other kinds of models have none.
    """
    inner = graph_of(model) or model
    levels = getattr(inner, "_nodes_by_depth", {})
    return [
        node
        for depth in sorted(levels, reverse=True)
        for node in levels[depth]
        if any(source is tensor for source in node.input_tensors)
    ]


def called_from(tensors: Sequence[Any], outputs: Any, replacements: Sequence[Any]) -> Any:
    """Return what a graph of layers gives when some of its symbolic tensors are replaced.

    The layers are called again, on the replacements: what they note of their calls grows.
    """
    function = keras.Function(list(tensors), outputs)
    return function._run_through_graph(list(replacements), operation_fn=lambda operation: operation)


def built_shapes(model: Any) -> Any:
    """Return the input shapes that a subclassed model was built with, by argument."""
    return getattr(model, "_build_shapes_dict", None)
