"""Attributes of layers that are others in the thread that traces, and only there.

The layer itself is not touched, as another thread may be calling it. A descriptor on its class
stands before the attribute for a while, and asks which thread looks at it. So it is with tensors
that a layer holds beside its weights, and with all that its call sets.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from mimo_export.backend import _threads

ABSENT = object()
"""The value of an attribute that is not there."""


class _Here(threading.local):
    """The traced values of this thread, by layer and attribute."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, str], Any] = {}


_here = _Here()


@contextlib.contextmanager
def replaced(layer: Any, values: Mapping[str, Any]) -> Iterator[None]:
    """Let this thread find other values in attributes of a layer inside the block.

    What it assigns to them meanwhile, or deletes, is forgotten at the end; other threads see no
    difference.
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


class Overlay:
    """What this thread has set on layers since the overlay was made, which they do not have."""

    def __init__(self) -> None:
        self._before: dict[tuple[int, str], tuple[Any, Any]] = {}
        self._undo = contextlib.ExitStack()

    def put(self, layer: Any, name: str, value: Any) -> None:
        """Let this thread find a value in an attribute of a layer.

        Args:
            layer: The layer.
            name: Of an attribute that is no property.
            value: What it finds; nothing where this is `ABSENT`.
        """
        key = id(layer), name
        if key not in _here.values:
            self._before[key] = layer, getattr(layer, name, ABSENT)
            self._undo.enter_context(replaced(layer, {name: value}))
        _here.values[key] = value

    def changes(self) -> Iterator[tuple[Any, str, Any, Any]]:
        """Yield layer, attribute, and what this thread found in it before and finds now."""
        for key, (layer, before) in self._before.items():
            yield layer, key[1], before, _here.values[key]

    def close(self) -> None:
        """Forget all of it."""
        self._undo.close()


def is_property(kind: type[Any], name: str) -> bool:
    """Whether the class decides what the attribute is, whatever the layer holds under its name."""
    found = inspect.getattr_static(kind, name, None)
    return hasattr(type(found), "__set__") and not isinstance(found, _Attribute)


class _Attribute:
    """An attribute of layers of one class, with what the class itself has under this name."""

    def __init__(self, kind: type[Any], name: str) -> None:
        self._kind, self._name = kind, name
        found = inspect.getattr_static(kind, name, ABSENT)
        self._default: Any = found._default if isinstance(found, _Attribute) else found

    def _place(self, layer: Any) -> tuple[Any, Any]:
        """Return where this thread has the value, and under which key."""
        key = id(layer), self._name
        return (_here.values, key) if key in _here.values else (vars(layer), self._name)

    def __get__(self, layer: Any, kind: type[Any] | None = None) -> Any:
        if layer is not None:
            values, key = self._place(layer)
            found = values.get(key, ABSENT)
            if found is not ABSENT:
                return found
        if self._default is ABSENT:
            raise AttributeError(f"{self._kind.__name__!r} object has no attribute {self._name!r}")
        bind = getattr(type(self._default), "__get__", None)
        return bind(self._default, layer, kind) if bind else self._default

    def __set__(self, layer: Any, value: Any) -> None:
        values, key = self._place(layer)
        values[key] = value

    def __delete__(self, layer: Any) -> None:
        values, key = self._place(layer)
        if values.get(key, ABSENT) is ABSENT:
            raise AttributeError(self._name)
        if values is _here.values:
            values[key] = ABSENT
        else:
            del values[key]
