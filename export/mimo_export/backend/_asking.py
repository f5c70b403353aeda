"""Which functions Keras asks of its backend, and in which of its modules it keeps them."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable

_BACKENDS = "keras.src.backend."
_NOT_ASKED = frozenset({"Variable", "name_scope", "device_scope"})


def functions_of(module: types.ModuleType, backend: str) -> dict[str, Callable[..., object]]:
    """Return the public functions that a backend itself defines in a module."""
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value)
        and not isinstance(value, type)
        and not name.startswith("_")
        and name not in _NOT_ASKED
        and str(getattr(value, "__module__", "")).startswith(f"{_BACKENDS}{backend}.")
    }


def places_of(values: frozenset[int]) -> list[tuple[types.ModuleType, str, int]]:
    """Return where Keras's modules keep values, which are given by their ids: each with its id."""
    return _places_of(values, len(sys.modules))


@functools.lru_cache(maxsize=1)
def _places_of(values: frozenset[int], _modules: int) -> list[tuple[types.ModuleType, str, int]]:
    """Do so for one number of modules.

    To look through them all takes a third of the time in which a small model is exported.
    """
    return [
        (module, name, id(value))
        for module_name, module in list(sys.modules.items())
        if _is_asking(module_name) and isinstance(module, types.ModuleType)
        for name, value in list(vars(module).items())
        if id(value) in values
    ]


def _is_asking(module_name: str) -> bool:
    """Whether a module asks the backend for something, rather than being (part of) one."""
    if module_name.startswith(_BACKENDS):
        return module_name.startswith((f"{_BACKENDS}common.", f"{_BACKENDS}config"))
    return module_name == "keras" or module_name.startswith("keras.")
