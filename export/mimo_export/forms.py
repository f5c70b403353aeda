"""Forms of their own for layers that call a framework directly, where keras.ops does not reach.

While a model is traced, the function registered for a layer's class stands in for its `call`. The
exporter has such forms for some of Keras's own layers; a caller's form goes before them, whichever
was registered first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Form = Callable[..., Any]

FORMS: dict[type[Any], Form] = {}
"""The caller's function for each class; `onnx_form` adds to it."""

OWN_FORMS: dict[type[Any], Form] = {}
"""The exporter's function for each class; `own_form` adds to it."""


def onnx_form(layer_class: type[Any]) -> Callable[[Function], Function]:
    """Register a function to be traced instead of a layer class's `call`.

    The function takes what `call` takes, `self` first, and computes with `keras.ops`, or with
    `mimo_export.op` where it wants a certain ONNX operator.

    Raises:
        ValueError: The class has a form of the caller's already.
    """
    return _register(FORMS, layer_class)


def own_form(layer_class: type[Any]) -> Callable[[Function], Function]:
    """Register the exporter's own function for a class, which a caller's may replace."""
    return _register(OWN_FORMS, layer_class)


def forms() -> dict[type[Any], Form]:
    """Return what is traced for each class that has a form."""
    return {**OWN_FORMS, **FORMS}


def _register(
    table: dict[type[Any], Form], layer_class: type[Any]
) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        if layer_class in table:
            raise ValueError(
                f"{layer_class.__qualname__} has the form {table[layer_class].__qualname__} "
                f"already, {function.__qualname__} cannot be one too"
            )
        table[layer_class] = function
        return function

    return register
