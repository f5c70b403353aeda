"""Comparisons and logic, element by element."""

from __future__ import annotations

from typing import Any

from mimo_export.backend._graph import op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast
from mimo_export.backend.numpy._dtypes import promoted


def equal(x1: Any, x2: Any) -> TracedTensor:
    """One Equal."""
    return op("Equal", *promoted(x1, x2))


def not_equal(x1: Any, x2: Any) -> TracedTensor:
    """One Equal and a Not."""
    return op("Not", equal(x1, x2))


def greater(x1: Any, x2: Any) -> TracedTensor:
    """One Greater."""
    return op("Greater", *promoted(x1, x2))


def greater_equal(x1: Any, x2: Any) -> TracedTensor:
    """One GreaterOrEqual."""
    return op("GreaterOrEqual", *promoted(x1, x2))


def less(x1: Any, x2: Any) -> TracedTensor:
    """One Less."""
    return op("Less", *promoted(x1, x2))


def less_equal(x1: Any, x2: Any) -> TracedTensor:
    """One LessOrEqual."""
    return op("LessOrEqual", *promoted(x1, x2))


def logical_not(x: Any) -> TracedTensor:
    """One Not."""
    return op("Not", cast(x, "bool"))


def logical_and(x1: Any, x2: Any) -> TracedTensor:
    """One And."""
    return op("And", cast(x1, "bool"), cast(x2, "bool"))


def logical_or(x1: Any, x2: Any) -> TracedTensor:
    """One Or."""
    return op("Or", cast(x1, "bool"), cast(x2, "bool"))


def logical_xor(x1: Any, x2: Any) -> TracedTensor:
    """One Xor."""
    return op("Xor", cast(x1, "bool"), cast(x2, "bool"))
