"""Triangular matrices: roots of positive definite ones, and systems solved column by column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mimo_export.backend._empty import unless_empty
from mimo_export.backend._graph import ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._shapes import size_of
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import scan
from mimo_export.backend.linalg import _loops
from mimo_export.backend.linalg._batches import together
from mimo_export.backend.numpy import shaping
from mimo_export.backend.numpy._dtypes import floating, promoted_floating


def cholesky(a: Any, upper: bool = False) -> TracedTensor:
    """A Scan that finds one column of the root, and takes its share from those behind it.

    A matrix that is not positive definite gives NaN: a file cannot raise an error.
    """
    a = floating(a)
    rows, zero = _loops.places(a, -2), _loops.zero(a)

    def step(rest: TracedTensor, k: TracedTensor) -> tuple[TracedTensor, TracedTensor]:
        column = _loops.column(rest, k)
        root = run("Sqrt", _loops.element(column, k))
        found = run("Where", op("Less", rows, k), zero, run("Div", column, root))
        share = run("Mul", _loops.upright(found), op("Unsqueeze", found, ints(-2)))
        return run("Sub", rest, share), found

    columns = _scanned(step, a, rows, [size_of(a, axis) for axis in range(a.ndim - 1)])
    lower = shaping.moveaxis(columns, 0, -1)
    return _loops.flipped(lower) if upper else lower


def cholesky_inverse(a: Any, upper: bool = False) -> TracedTensor:
    """The inverse of the root times its transpose."""
    a = floating(a)
    inverse = solve_triangular(a, _loops.identity_like(a), lower=not upper)
    other = _loops.flipped(inverse)
    return _loops.product(inverse, other) if upper else _loops.product(other, inverse)


def solve_triangular(a: Any, b: Any, lower: bool = False) -> TracedTensor:
    """A Scan that finds one unknown, and takes its share from all equations."""
    a, b = promoted_floating(a, b)
    if b.ndim == a.ndim - 1:
        return op("Squeeze", solve_triangular(a, _loops.upright(b), lower), ints(-1))
    a, b = together(a, b)

    def step(rest: TracedTensor, k: TracedTensor) -> tuple[TracedTensor, TracedTensor]:
        column = _loops.column(a, k)
        found = run("Div", _loops.row(rest, k), _loops.upright(_loops.element(column, k)))
        # What it takes from those that are solved already is read by nobody.
        return run("Sub", rest, run("Mul", _loops.upright(column), found)), found

    sizes = [*(size_of(b, axis) for axis in range(b.ndim - 2)), 1, size_of(b, -1)]
    rows = _scanned(step, b, _loops.places(a, -2), sizes, reverse=not lower)
    return op("Squeeze", shaping.moveaxis(rows, 0, -3), ints(-2))


def _scanned(
    step: Callable[..., Any], state: TracedTensor, xs: TracedTensor, sizes: list[Any], **how: bool
) -> TracedTensor:
    """Return what a step gives for each place: none for none, where onnxruntime's Scan fails."""

    def computed() -> list[TracedTensor]:
        return [scan(step, state, xs, **how)[1]]

    (every,) = unless_empty(xs, 0, computed, lambda _: [[0, *sizes]])
    return every
