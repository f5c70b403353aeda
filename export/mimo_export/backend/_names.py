"""Names for nodes and weights that do not depend on what else the process has built.

Keras numbers layers without a name of their own through the whole process: the same model may hold
`dense` and `dense_1` today, `dense_7` and `dense_8` tomorrow. Inside the file they are numbered
anew, in the model's own order; names that somebody chose stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


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


def canonical_scope(model: Any) -> Callable[[str], str]:
    """Return a function that renames the automatic names in a path such as "dense_7/kernel"."""
    renamed = _renamed(model)
    return lambda path: "/".join(renamed.get(part, part) for part in path.split("/") if part)


def canonical_variables(model: Any) -> list[tuple[str, Any]]:
    """Return every variable of a model once, with its path through the layers that hold it.

    Keras's own paths begin where a layer happened to be built: inside of its model, or before.
    """
    names = _renamed(model)
    paths: dict[int, str] = {}
    for path, layer in _walk(model):
        parts = [names.get(part, part) for part in path]
        # The innermost layer that has a variable comes last.
        paths |= {id(v): "/".join([*parts, v.name]) for v in layer.variables}
    return [(paths[id(v)], v) for v in {id(v): v for v in model.variables}.values()]


def _renamed(model: Any) -> dict[str, str]:
    counts: dict[str, int] = {}
    table: dict[str, str] = {}
    for _, layer in _walk(model):
        plain = _snake_case(type(layer).__name__)
        if layer.name in table or not re.fullmatch(rf"{re.escape(plain)}(_\d+)?", layer.name):
            continue
        number = counts[plain] = counts.get(plain, -1) + 1
        table[layer.name] = f"{plain}_{number}" if number else plain
    return table


def _walk(model: Any) -> list[tuple[tuple[str, ...], Any]]:
    """Return the model and every layer in it, outer before inner, with the names on the way."""
    found: dict[int, tuple[tuple[str, ...], Any]] = {}
    queue: list[tuple[tuple[str, ...], Any]] = [((), model)]
    while queue:
        path, layer = queue.pop(0)
        if id(layer) not in found:
            found[id(layer)] = path, layer
            queue += [((*path, inner.name), inner) for inner in getattr(layer, "_layers", ())]
    return list(found.values())


def _snake_case(name: str) -> str:
    """Return a class name as Keras writes it in automatic layer names."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
