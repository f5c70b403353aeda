"""What the code of a call sets on layers, apart from tensors that they held before.

A layer may count its calls, note the shape of its last input, or append to a list. None of that may
reach the layer from a trace: other threads use it, and the next export is of the model as it was.
So attributes are set for the thread that traces alone, and lists and dictionaries get their content
back. Keras's own attributes are left to Keras.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras

from mimo_export.backend._held import ABSENT, Overlay, is_property
from mimo_export.backend._threads import wrapped_here

_CONTAINERS = (list, dict, set)


class Settings:
    """Keeps what a thread sets on layers apart from them, as long as it is in the block.

    Args:
        layers: Those of the model.
    """

    def __init__(self, layers: Iterable[Any]) -> None:
        self._layers = {id(layer): layer for layer in layers}
        self._overlay = Overlay()
        self._undo = contextlib.ExitStack()
        self._contents: list[tuple[Any, str, Any, Any]] = []

    def __enter__(self) -> Settings:
        for method, kept in (("__setattr__", self._setting), ("__delattr__", self._deleting)):
            self._undo.enter_context(wrapped_here(keras.Layer, method, kept))
        for layer in self._layers.values():
            for name, value in vars(layer).items():
                if isinstance(value, _CONTAINERS) and name not in _own():
                    self._contents.append((layer, name, value, _content(value)))
        return self

    def __exit__(self, *_: object) -> None:
        for _layer, _name, container, before in self._contents:
            if not _is_same(_content(container), before):
                _restore(container, before)
        self._overlay.close()
        self._undo.close()

    def changed(self) -> Iterator[tuple[Any, str]]:
        """Yield layer and attribute of all that differs from what it was in the beginning.

        Keras's own layers are left out, as no answer of theirs depends on what they set so: cells
        of recurrent layers forget their masks of dropout in each call.
        """
        contents = ((layer, name, old, _content(it)) for layer, name, it, old in self._contents)
        for layer, name, before, now in (*self._overlay.changes(), *contents):
            if type(layer).__module__.partition(".")[0] != "keras" and not _is_same(before, now):
                yield layer, name

    def _is_kept(self, layer: Any, name: str) -> bool:
        return (
            id(layer) in self._layers and name not in _own() and not is_property(type(layer), name)
        )

    def _setting(self, theirs: Callable[..., Any]) -> Callable[..., Any]:
        def setting(layer: Any, name: str, value: Any) -> None:
            if self._is_kept(layer, name):
                self._overlay.put(layer, name, value)
            else:
                theirs(layer, name, value)

        return setting

    def _deleting(self, theirs: Callable[..., Any]) -> Callable[..., Any]:
        def deleting(layer: Any, name: str) -> None:
            if self._is_kept(layer, name) and hasattr(layer, name):
                self._overlay.put(layer, name, ABSENT)
            else:
                theirs(layer, name)

        return deleting


@functools.cache
def _own() -> frozenset[str]:
    """Return the attributes that every layer has, of which Keras takes care."""
    return frozenset(vars(keras.Layer(name="own")))


def _content(container: Any) -> Any:
    return dict(container) if isinstance(container, dict) else list(container)


def _restore(container: Any, content: Any) -> None:
    # By the methods of Python's classes: Keras's lists of layers and variables are locked.
    kind: Any = next(kind for kind in _CONTAINERS if isinstance(container, kind))
    kind.clear(container)
    (kind.extend if kind is list else kind.update)(container, content)


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same object, or equal numbers and words."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(_is_same, one.values(), other.values()))
    return isinstance(one, (bool, int, float, complex, str, bytes)) and bool(one == other)
