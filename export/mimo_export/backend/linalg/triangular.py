"""Triangular matrices: roots of positive definite ones, and systems solved column by column."""

from __future__ import annotations

from typing import Any

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._shapes import size_of
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.linalg import _loops
from mimo_export.backend.linalg._batches import together
from mimo_export.backend.numpy._dtypes import floating, promoted_floating


def cholesky(a: Any, upper: bool = False) -> TracedTensor:
    """A Loop that finds one column of the root, and takes its share from those behind it.

    A matrix that is not positive definite gives NaN: a file cannot raise an error.
    """
    a = floating(a)
    rows = _loops.upright(_loops.places(a, -2))
    columns = _loops.places(a, -1)
    zero = _loops.zero(a)

    def step(k: TracedTensor, rest: TracedTensor) -> TracedTensor:
        column = _loops.column(rest, k)
        root = run("Sqrt", _loops.element(column, k))
        scaled = _loops.upright(run("Div", column, root))
        found = run("Where", op("Less", rows, k), zero, scaled)
        share = run("Mul", found, _loops.flipped(found))
        behind = run("Where", op("Greater", columns, k), run("Sub", rest, share), rest)
        return run("Where", op("Equal", columns, k), found, behind)

    lower = _loops.over(size_of(a, -1), step, a)
    return _loops.flipped(lower) if upper else lower


def cholesky_inverse(a: Any, upper: bool = False) -> TracedTensor:
    """The inverse of the root times its transpose."""
    a = floating(a)
    inverse = solve_triangular(a, _loops.identity_like(a), lower=not upper)
    other = _loops.flipped(inverse)
    return _loops.product(inverse, other) if upper else _loops.product(other, inverse)


def solve_triangular(a: Any, b: Any, lower: bool = False) -> TracedTensor:
    """A Loop that finds one unknown, and takes its share from the equations that are left."""
    a, b = promoted_floating(a, b)
    if b.ndim == a.ndim - 1:
        return op("Squeeze", solve_triangular(a, _loops.upright(b), lower), ints(-1))
    a, b = together(a, b)
    rows = _loops.places(a, -2)
    size = size_of(a, -1)
    last = run("Sub", convert_to_tensor(size, "int64"), constant(1, "int64"))

    def step(k: TracedTensor, rest: TracedTensor) -> TracedTensor:
        k = k if lower else run("Sub", last, k)
        column = _loops.column(a, k)
        found = run("Div", _loops.row(rest, k), _loops.upright(_loops.element(column, k)))
        share = run("Mul", _loops.upright(column), found)
        left = op("Greater" if lower else "Less", rows, k)
        others = run("Where", _loops.upright(left), run("Sub", rest, share), rest)
        return run("Where", _loops.upright(op("Equal", rows, k)), found, others)

    solution: TracedTensor = _loops.over(size, step, b)
    return solution
