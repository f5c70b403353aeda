"""Forms of their own for layers that call a framework directly, where keras.ops does not reach.

While a model is traced, the function registered for a layer's class stands in for its `call`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

FORMS: dict[type[Any], Callable[..., Any]] = {}
"""The function for each class; `onnx_form` adds to it."""


def onnx_form(layer_class: type[Any]) -> Callable[[Function], Function]:
    """Register a function to be traced instead of a layer class's `call`.

    The function takes what `call` takes, `self` first, and computes with `keras.ops`, or with
    `mimo_export.op` where it wants a certain ONNX operator.

    Raises:
        ValueError: The class has a form already.
    """

    def register(function: Function) -> Function:
        if layer_class in FORMS:
            raise ValueError(
                f"{layer_class.__qualname__} has the form {FORMS[layer_class].__qualname__} "
                f"already, {function.__qualname__} cannot be one too"
            )
        FORMS[layer_class] = function
        return function

    return register
