"""Layers of a file have the names that the file gives them, whatever else the process has built.

Beside the `config` of each layer of a graph a file has its name. Keras goes by it when it connects
the layers, but gives it to a layer only through the `config`, in which the author of a class may
have left it out: such a layer is numbered through the whole process, and so would the outputs be
that are named after it. Where the file has no name at all (in a `Sequential`, or in a class that
makes its graph anew) a layer that makes an output is named after its class.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras

from mimo_export.backend import _switch
from mimo_export.backend._names import automatic_stem, unique_name
from mimo_export.backend._threads import wrapped_here
from mimo_export.keras_model import private_graph


class FiledNames:
    """The layers that a file has named, while it is loaded."""

    def __init__(self) -> None:
        self._named: dict[int, Any] = {}

    def note(self, document: Any, made: Any) -> None:
        """Give a layer that was made of a part of a file the name that stands there."""
        if not isinstance(document, Mapping) or not isinstance(made, keras.Operation):
            return
        config = document.get("config")
        inner = config.get("name") if isinstance(config, Mapping) else None
        name = document.get("name", inner)
        if isinstance(name, str):
            made.name = name
            self._named[id(made)] = made

    def name_the_rest(self, model: Any) -> None:
        """Name what makes the inputs and outputs of a model, where the file does not."""
        structures = (private_graph.input_structure(model), private_graph.output_structure(model))
        known = [part for part in structures if part is not None]
        tensors = [tensor for tensor in keras.tree.flatten(known) if tensor is not None]
        makers = {id(maker): maker for maker in map(private_graph.making_layer, tensors)}
        layers = [*getattr(model, "layers", ()), *makers.values()]
        rest = [maker for key, maker in makers.items() if key not in self._named]
        used = {layer.name: 0 for layer in layers if not any(layer is maker for maker in rest)}
        for maker in rest:
            stem = automatic_stem(maker.name, type(maker).__name__)
            if stem is not None:
                maker.name = unique_name(stem, used)


@contextlib.contextmanager
def names_of_the_file() -> Iterator[FiledNames]:
    """Let layers that are made of a file in the block have the names that it gives them."""
    found = FiledNames()

    def noting(deserialize: Callable[..., Any]) -> Callable[..., Any]:
        def noted(config: Any, *args: Any, **kwargs: Any) -> Any:
            made = deserialize(config, *args, **kwargs)
            found.note(config, made)
            return made

        return noted

    with wrapped_here(_switch.serialization, "deserialize_keras_object", noting):
        yield found
