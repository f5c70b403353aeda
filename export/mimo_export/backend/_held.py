"""Tensors that a layer holds beside its weights: traced in the thread that traces, and only there.

The layer itself is not touched, as another thread may be calling it. A descriptor on its class
stands before the attribute for a while, and asks which thread looks at it.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from mimo_export.backend import _threads

_ABSENT = object()


class _Here(threading.local):
    """The traced values of this thread, by layer and attribute."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, str], Any] = {}


_here = _Here()


@contextlib.contextmanager
def replaced(layer: Any, values: Mapping[str, Any]) -> Iterator[None]:
    """Let this thread find other values in attributes of a layer inside the block.

    What it assigns to them meanwhile is forgotten at the end; other threads see no difference.
    """
    kind = type(layer)
    places = {
        name: value
        for name, value in values.items()
        if (id(layer), name) not in _here.values and not is_property(kind, name)
    }
    changes = [(kind, name, _Attribute(kind, name)) for name in places]
    with _threads.exchanged(changes):
        _here.values |= {(id(layer), name): value for name, value in places.items()}
        try:
            yield
        finally:
            for name in places:
                _here.values.pop((id(layer), name), None)


def is_property(kind: type[Any], name: str) -> bool:
    """Whether the class decides what the attribute is, whatever the layer holds under its name."""
    found = inspect.getattr_static(kind, name, None)
    return hasattr(type(found), "__set__") and not isinstance(found, _Attribute)


class _Attribute:
    """An attribute of layers of one class, with what the class itself has under this name."""

    def __init__(self, kind: type[Any], name: str) -> None:
        self._kind, self._name = kind, name
        found = inspect.getattr_static(kind, name, _ABSENT)
        self._default: Any = found._default if isinstance(found, _Attribute) else found

    def __get__(self, layer: Any, kind: type[Any] | None = None) -> Any:
        if layer is not None:
            key = id(layer), self._name
            if key in _here.values:
                return _here.values[key]
            if self._name in vars(layer):
                return vars(layer)[self._name]
        if self._default is _ABSENT:
            raise AttributeError(f"{self._kind.__name__!r} object has no attribute {self._name!r}")
        bind = getattr(type(self._default), "__get__", None)
        return bind(self._default, layer, kind) if bind else self._default

    def __set__(self, layer: Any, value: Any) -> None:
        key = id(layer), self._name
        if key in _here.values:
            _here.values[key] = value
        else:
            vars(layer)[self._name] = value

    def __delete__(self, layer: Any) -> None:
        if _here.values.pop((id(layer), self._name), _ABSENT) is not _ABSENT:
            return
        if self._name not in vars(layer):
            raise AttributeError(self._name)
        del vars(layer)[self._name]
