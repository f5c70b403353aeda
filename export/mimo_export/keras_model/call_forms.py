"""The ways in which a model may take named tensors: by arguments, as a dictionary, as a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mimo_export.keras_model import private_graph
from mimo_export.keras_model.noted_inputs import call_arguments

Form = tuple[str, tuple[Any, ...], Mapping[str, Any]]
"""What the form is for a message, the positional and the keyword arguments."""


def calls_on(model: Any, tensors: Mapping[str, Any]) -> Iterator[Form]:
    """Yield the calls that a model may take named tensors with, the likeliest first.

    1. All names are arguments of `call`, or `x_0`, `x_1`, ... for an argument `x`, which then is a
       list: there is no other way;
    2. else the first argument is the one tensor, or a dictionary, a list or a tuple of them; what
       Keras has noted of it comes first.
    """
    by_argument = _by_argument(tensors, list(call_arguments(model)))
    if by_argument is not None:
        yield "", (), by_argument
        return
    values = list(tensors.values())
    forms: dict[str, Any] = {"a dictionary": dict(tensors), "a list": values}
    forms["a tuple"] = tuple(values)
    noted = _noted_kind(model)
    if len(values) == 1:
        forms = {"a tensor": values[0], **forms}
    for kind in sorted(forms, key=lambda kind: kind != noted):
        yield f"as {kind}: ", (forms[kind],), {}


def _by_argument(tensors: Mapping[str, Any], arguments: list[str]) -> dict[str, Any] | None:
    """Return the keyword arguments that tensors are; None where one of them is none."""
    found: dict[str, Any] = {}
    for name, tensor in tensors.items():
        stem, _, number = name.rpartition("_")
        if name in arguments:
            found[name] = tensor
        elif stem in arguments and number == str(len(found.get(stem, []))):
            found.setdefault(stem, []).append(tensor)
        else:
            return None
    return found


def _noted_kind(model: Any) -> str:
    """Return what Keras has noted of the first argument, as far as it has."""
    shapes = list((private_graph.built_shapes(model) or {}).values())
    first = shapes[0] if len(shapes) == 1 else None  # which a Functional model notes as None
    if isinstance(first, Mapping):
        return "a dictionary"
    nested = any(isinstance(part, (list, tuple)) for part in first or ())
    return "a list" if nested else ""
