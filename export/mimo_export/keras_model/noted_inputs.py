"""What Keras has noted of the inputs of a model's call: symbolic tensors in its structure.

1. A Functional or Sequential model has symbolic inputs of its own.
2. Of a subclassed model Keras has noted the shapes of a call, with the batch of that call, which is
   any batch. The one input of such a model is named after the argument of `call`.
3. A Sequential model that was made without an input has one since it was first called, with the
   batch of that call, which `chosen_batch` tells from one that a person has fixed.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from typing import Any

import keras

from mimo_export.keras_model import private_graph
from mimo_export.keras_model.chosen_batch import is_chosen
from mimo_export.keras_model.structures import distinct, leaves, mapped

Call = tuple[tuple[Any, ...], dict[str, Any]]


def noted_inputs(model: Any) -> Call | None:
    """Return the (args, kwargs) of a call with symbolic tensors in them, None if not known."""
    structure = private_graph.input_structure(model)
    if structure is not None:
        return (mapped(structure, _free_of_samples(model)),), {}
    shapes = private_graph.built_shapes(model)
    if not shapes:
        return None
    (first, *_) = call_arguments(model).values()
    if len(shapes) == 1:
        # Keras notes the only one as that of `build(input_shape)`, whatever `call` names it.
        (only,) = shapes.values()
        tensors = {first.name: _from_shapes(model, only, first.name)}
    else:
        names = {key: key.removesuffix("_shape") for key in shapes}
        tensors = {name: _from_shapes(model, shapes[key], name) for key, name in names.items()}
    _part_names(tensors)
    if len(tensors) == 1 and first.kind is not first.KEYWORD_ONLY:
        return tuple(tensors.values()), {}
    return (), tensors


def call_arguments(model: Any) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a model's `call`, by name."""
    return inspect.signature(model.call).parameters


def _free_of_samples(model: Any) -> Any:
    """Return what makes the batch of an input free that Keras itself has added to a Sequential."""

    def free(tensor: Any) -> Any:
        name = private_graph.input_name(tensor)
        if not isinstance(model, keras.Sequential) or not tensor.shape or tensor.shape[0] is None:
            return tensor
        if is_chosen(model, tensor):
            return tensor
        return keras.KerasTensor((None, *tensor.shape[1:]), dtype=tensor.dtype, name=name)

    return free


def _part_names(tensors: Mapping[str, Any]) -> None:
    """Give tensors of one name, from different branches, the names of their paths."""
    inside = next(iter(tensors.values())) if len(tensors) == 1 else tensors
    found = leaves(inside)
    counts = Counter(tensor.name for _, tensor in found)
    taken = {name for name, count in counts.items() if count == 1}
    for path, tensor in found:
        if counts[tensor.name] > 1:
            tensor.name = distinct(path or tensor.name, taken)
            taken.add(tensor.name)


def _from_shapes(model: Any, shapes: Any, name: str) -> Any:
    """Return symbolic tensors for the shapes that a subclassed model was built with."""
    if isinstance(shapes, Mapping):
        return {key: _from_shapes(model, value, str(key)) for key, value in shapes.items()}
    if all(size is None or isinstance(size, int) for size in shapes):
        return keras.KerasTensor((None, *shapes[1:]), dtype=model.input_dtype, name=name)
    return [_from_shapes(model, value, f"{name}_{i}") for i, value in enumerate(shapes)]
