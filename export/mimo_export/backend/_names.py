"""Names for nodes and weights that do not depend on what else the process has built.

Keras numbers layers without a name of their own through the whole process: the same model may hold
`dense` and `dense_1` today, `dense_7` and `dense_8` tomorrow. Inside the file they are numbered
anew, in the model's own order; names that somebody chose stay.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras


def unique_name(name: str, used: dict[str, int]) -> str:
    """Return `name`, or `name_1`, `name_2`, ..., whichever is free, and note that it is not now.

    Args:
        name: The wanted name.
        used: Every name in use, with the last number that was tried behind it.
    """
    free = name
    while free in used:
        used[name] += 1
        free = f"{name}_{used[name]}"
    used[free] = 0
    return free


def canonical_scope(model: Any) -> Callable[[Iterable[tuple[str, str]]], str]:
    """Return a function that makes a path such as "encoder/dense_1" of layers' names and classes.

    A layer that is made in a `call` is in no list: it is numbered when it is first met.
    """
    used: dict[str, int] = {}
    renamed = _renamed(model, used)

    def path(parts: Iterable[tuple[str, str]]) -> str:
        for name, kind in parts:
            if kind and name not in renamed and _is_automatic(name, kind):
                renamed[name] = unique_name(_snake_case(kind), used)
        return "/".join(renamed.get(name, name) for name, _ in parts if name)

    return path


def canonical_variables(model: Any) -> list[tuple[str, Any]]:
    """Return every variable of a model once, with its path through the layers that hold it.

    Keras's own paths begin where a layer happened to be built: inside of its model, or before.
    """
    names = _renamed(model, {})
    paths: dict[int, str] = {}
    for path, layer in _walk(model):
        parts = [names.get(part, part) for part in path]
        # The innermost layer that has a variable comes last.
        paths |= {id(v): "/".join([*parts, v.name]) for v in layer.variables}
    return [(paths[id(v)], v) for v in {id(v): v for v in model.variables}.values()]


def _renamed(model: Any, used: dict[str, int]) -> dict[str, str]:
    """Return a name for each automatic one in a model, and note it as `unique_name` does."""
    table: dict[str, str] = {}
    for _, layer in _walk(model):
        kind = type(layer).__name__
        if layer.name not in table and _is_automatic(layer.name, kind):
            table[layer.name] = unique_name(_snake_case(kind), used)
    return table


def automatic_stem(name: str, kind: str) -> str | None:
    """Return what Keras numbers the layers of a class with, if it gave this one its name."""
    return _snake_case(kind) if _is_automatic(name, kind) else None


def _is_automatic(name: str, kind: str) -> bool:
    """Whether Keras gave a layer of a class its name."""
    stem = _snake_case(kind)
    mark, number = name[len(stem) :][:1], name[len(stem) + 1 :]
    return name == stem or (name.startswith(stem) and mark == "_" and number.isdecimal())


def _walk(model: Any) -> list[tuple[tuple[str, ...], Any]]:
    """Return the model and every layer in it, outer before inner, with the names on the way.

    The layers of a model's graph come before those that it only holds as attributes: these are in
    Keras's lists on some backends, before the others, and not in them on PyTorch.
    """
    found: dict[int, tuple[tuple[str, ...], Any]] = {}
    for parts in (_parts_of_graph, lambda layer: getattr(layer, "_layers", ())):
        # What was found stays where it is; what is in it may be new.
        queue = [*found.values()] or [((), model)]
        while queue:
            path, layer = queue.pop(0)
            found.setdefault(id(layer), (path, layer))
            inner = [part for part in parts(layer) if id(part) not in found]
            queue += [((*path, part.name), part) for part in inner]
    return list(found.values())


def _parts_of_graph(layer: Any) -> Sequence[Any]:
    parts: Sequence[Any] = (
        layer.layers if isinstance(layer, keras.Model) else getattr(layer, "_layers", ())
    )
    return parts


@functools.cache
def _snake_case(name: str) -> str:
    """Return a class name as Keras writes it in automatic layer names."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
