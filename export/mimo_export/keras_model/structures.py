"""Nested dictionaries, lists and tuples of tensors, in their own order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any


def leaves(structure: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return (path, leaf) in order; the path holds dictionary keys, as "a/b", and no positions."""
    if isinstance(structure, Mapping):
        found = [
            leaves(value, f"{path}/{key}" if path else str(key)) for key, value in structure.items()
        ]
        return [leaf for part in found for leaf in part]
    if isinstance(structure, (list, tuple)):
        return [leaf for value in structure for leaf in leaves(value, path)]
    return [] if structure is None else [(path, structure)]


def in_order_of(structure: Any, result: Any) -> Any:
    """Return a result with dictionaries in the model's order; Keras sorts them on some backends."""
    if isinstance(structure, Mapping) and isinstance(result, Mapping):
        return {key: in_order_of(value, result[key]) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)) and isinstance(result, (list, tuple)):
        return [in_order_of(a, b) for a, b in zip(structure, result, strict=True)]
    return result


def mapped(structure: Any, function: Callable[[Any], Any]) -> Any:
    """Return a structure with what a function makes of its leaves; None stays None."""
    if isinstance(structure, Mapping):
        return {key: mapped(value, function) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)([mapped(value, function) for value in structure])
    return None if structure is None else function(structure)


def filled(structure: Any, values: Mapping[str, Any]) -> Any:
    """Return a structure of names with the values in their places."""
    return mapped(structure, lambda name: values[name])


def distinct(name: str, taken: Collection[str]) -> str:
    """Return a name, with a number behind it where it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
