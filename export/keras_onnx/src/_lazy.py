"""Modules of functions that are fetched from the ONNX backend when they are first asked for."""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable, MutableMapping
from typing import Any

from keras_onnx.src._eager import at_once

_BACKEND = "mimo_export.backend"


def functions_of(family: str, module: MutableMapping[str, Any]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module that stands for a family of the ONNX backend.

    Args:
        family: The name of the family.
        module: The names of the module, which keeps what was asked for.
    """

    def fetched(name: str) -> Any:
        found = None if name.startswith("_") else _found(family, name)
        if found is None:
            raise AttributeError(f"the ONNX backend has no {family}.{name}")
        value = at_once(found) if callable(found) and not isinstance(found, type) else found
        return module.setdefault(name, value)

    return fetched


def family_module(family: str) -> types.ModuleType:
    """Return a module that stands for a family of the ONNX backend."""
    module = types.ModuleType(f"keras_onnx.{family}")
    vars(module)["__getattr__"] = functions_of(family, vars(module))
    return module


def _found(family: str, name: str) -> Any:
    """Return a function of the ONNX backend, or the one that says why there is none."""
    backend = importlib.import_module(f"{_BACKEND}.{family}")
    refused = importlib.import_module(f"{_BACKEND}._refused")
    if hasattr(backend, name):
        return getattr(backend, name)
    if f"{family}.{name}" in refused.REASONS:
        return refused.refusal(f"{family}.{name}")
    return None
