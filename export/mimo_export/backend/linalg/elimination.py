"""Gaussian elimination with the rows exchanged as LAPACK does it, and what follows from it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.linalg import _loops
from mimo_export.backend.linalg._batches import together
from mimo_export.backend.numpy import reduction
from mimo_export.backend.numpy._dtypes import floating, promoted_floating
from mimo_export.backend.numpy.diagonal import diagonal


def lu_factor(x: Any) -> tuple[TracedTensor, TracedTensor]:
    """The factors in one matrix, and for each row the one that it was exchanged with.

    TensorFlow returns the whole permutation instead of the exchanges.
    """
    x = floating(x)
    return _eliminated(x, _loops.smaller(x))


def solve(a: Any, b: Any) -> TracedTensor:
    """Elimination in both sides of the equations until each has one unknown, in float64.

    A singular matrix gives infinities or NaN: a file cannot raise an error.
    """
    a, b = promoted_floating(a, b)
    if b.ndim == a.ndim - 1:
        return op("Squeeze", solve(a, _loops.upright(b)), ints(-1))
    dtype = a.dtype
    a, b = together(*(cast(side, "float64") for side in (a, b)))
    return cast(_reduced(op("Concat", a, b, axis=-1), _shapes.size_of(a, -1)), dtype)


def inv(a: Any) -> TracedTensor:
    """The solution for each column of the identity matrix."""
    a = floating(a)
    return solve(a, _loops.identity_like(a))


def det(a: Any) -> TracedTensor:
    """One Det; in float64, which onnxruntime's Det does not know, by elimination."""
    a = convert_to_tensor(a)
    if a.dtype != "float64":
        return run("Det", a)
    pivots, parity = _pivots(a)
    return run("Mul", parity, reduction.prod(pivots, axis=-1))


def slogdet(x: Any) -> tuple[TracedTensor, TracedTensor]:
    """The sign of the determinant, and the logarithm of its size, which may be too large itself."""
    pivots, parity = _pivots(floating(x))
    sign = run("Mul", parity, reduction.prod(run("Sign", pivots), axis=-1))
    return sign, reduction.sum(run("Log", run("Abs", pivots)), axis=-1)


def logdet(x: Any) -> TracedTensor:
    """The logarithm of the determinant, NaN if that is negative.

    JAX takes the determinant's size there; TensorFlow knows positive definite matrices only.
    """
    sign, size = slogdet(x)
    negative = run("Less", sign, _loops.zero(sign))
    return run("Where", negative, constant(float("nan"), size.dtype), size)


def _pivots(x: TracedTensor) -> tuple[TracedTensor, TracedTensor]:
    """Return the diagonal after elimination [..., n], and -1 for an odd number of exchanges."""
    factors, exchanged = lu_factor(x)
    stayed = op("Equal", exchanged, cast(_loops.places(x, -1), "int32"))
    signs = run("Where", stayed, constant(1, x.dtype), constant(-1, x.dtype))
    return diagonal(factors, axis1=-2, axis2=-1), reduction.prod(signs, axis=-1)


def _eliminated(x: TracedTensor, count: Any) -> tuple[TracedTensor, TracedTensor]:
    """Return matrices after elimination in `count` columns, and the int32 exchanges [..., count].

    Above and on the diagonal are what is left, below it the factors that the rows were reduced by.
    """
    rows, columns = _loops.places(x, -2), _loops.places(x, -1)
    sizes = [_shapes.size_of(x, axis) for axis in range(x.ndim)]
    zero = _loops.zero(x)

    def step(k: TracedTensor, state: tuple[TracedTensor, ...]) -> tuple[TracedTensor, ...]:
        x, exchanged = state
        below = op("Greater", rows, k)
        heights = _heights(_loops.column(x, k))
        candidates = run("Where", op("Less", rows, k), constant(-1, x.dtype), heights)
        best = op("ArgMax", candidates, axis=-1)
        order = run("Where", op("Equal", rows, best), k, rows)
        order = _loops.upright(run("Where", op("Equal", rows, k), best, order))
        x = op("GatherElements", x, _shapes.expand(order, sizes), axis=-2)
        column = _loops.column(x, k)
        pivot = _loops.element(column, k)
        usable = op("And", below, run("Not", run("Equal", pivot, zero)))
        factors = _loops.upright(run("Where", usable, run("Div", column, pivot), zero))
        reduced = run("Sub", x, run("Mul", factors, _loops.row(x, k)))
        here = run("Where", op("Equal", columns, k), factors, reduced)
        changed = op("And", _loops.upright(below), op("Not", op("Less", columns, k)))
        at = op("Equal", _loops.places(exchanged, -1), k)
        return run("Where", changed, here, x), run("Where", at, cast(best, "int32"), exchanged)

    none = _shapes.full([*sizes[:-2], count], 0, "int32")
    factors, exchanged = _loops.over(count, step, (x, none))
    return factors, exchanged


def _reduced(x: TracedTensor, count: Any) -> TracedTensor:
    """Return the unknowns [..., count, columns] of equations [..., count, count + columns].

    Gauss's and Jordan's way: each step takes one unknown out of all equations but one, which keeps
    its place and its factor, so that a step is one product and one difference.
    """
    rows = _loops.places(x, -2)
    *batch, _, width = (_shapes.size_of(x, axis) for axis in range(x.ndim))
    zero = _loops.zero(x)

    def step(k: TracedTensor, state: tuple[TracedTensor, ...]) -> tuple[TracedTensor, ...]:
        x, pivots, order, free = state
        column = _loops.column(x, k)
        candidates = run("Where", free, _heights(column), constant(-1, x.dtype))
        best = op("ArgMax", candidates, axis=-1)
        here = op("Equal", rows, best)
        places = _shapes.expand(_loops.upright(best), [*batch, 1, width])
        row = op("GatherElements", x, places, axis=-2)
        pivot = _loops.column(row, k)
        factors = run("Where", here, zero, run("Div", column, pivot))
        x = run("Sub", x, run("Mul", _loops.upright(factors), row))
        order = run("Where", op("Equal", rows, k), best, order)
        return x, run("Where", here, pivot, pivots), order, op("And", free, op("Not", here))

    states = (_shapes.full([*batch, count], *what) for what in ((1, x.dtype), (0, "int64")))
    free = cast(_shapes.full([*batch, count], 1, "int32"), "bool")
    x, pivots, order, _ = _loops.over(count, step, (x, *states, free))
    answers = run("Div", x[..., count:], _loops.upright(pivots))
    columns = _shapes.size_of(answers, -1)
    places = _shapes.expand(_loops.upright(order), [*batch, count, columns])
    return op("GatherElements", answers, places, axis=-2)


def _heights(column: TracedTensor) -> TracedTensor:
    """Return what to choose a row by; ArgMax would pass over NaN, and a row be taken twice."""
    endless = constant(np.inf, column.dtype)
    return run("Where", run("IsNaN", column), endless, run("Abs", column))
