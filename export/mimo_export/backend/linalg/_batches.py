"""Matrices in batches that are broadcast to each other."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._tensor import TracedTensor


def together(a: TracedTensor, b: TracedTensor) -> tuple[TracedTensor, TracedTensor]:
    """Return matrices [..., m, n] and [..., m, k] in one batch."""
    rank = max(a.ndim, b.ndim)
    batch = [_common(a, b, axis) for axis in range(-rank, -2)]
    return _in_batch(a, batch), _in_batch(b, batch)


def _common(a: TracedTensor, b: TracedTensor, axis: int) -> Any:
    larger = [x for x in (a, b) if x.ndim >= -axis and x.dims[axis] != 1]
    return _shapes.size_of(larger[0], axis) if larger else 1


def _in_batch(x: TracedTensor, batch: list[Any]) -> TracedTensor:
    return _shapes.expand(x, [*batch, _shapes.size_of(x, -2), _shapes.size_of(x, -1)])
