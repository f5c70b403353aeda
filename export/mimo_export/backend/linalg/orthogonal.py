"""Orthogonal factors by Householder's reflections, with LAPACK's signs; least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.linalg import _loops
from mimo_export.backend.linalg.triangular import solve_triangular
from mimo_export.backend.numpy import reduction
from mimo_export.backend.numpy._dtypes import floating, promoted_floating
from mimo_export.backend.numpy.diagonal import diagonal, triu
from mimo_export.errors import UnsupportedOperationError


def qr(x: Any, mode: str = "reduced") -> tuple[TracedTensor, TracedTensor]:
    """A Loop that reflects one column onto its axis, away from the sign of its first element."""
    if mode not in ("reduced", "complete"):
        raise ValueError(
            "`mode` argument value not supported. "
            "Expected one of {'reduced', 'complete'}. "
            f"Received: mode={mode}"
        )
    x = floating(x)
    rows, count, zero = _loops.places(x, -2), _loops.smaller(x), _loops.zero(x)

    def step(k: TracedTensor, state: tuple[TracedTensor, ...]) -> tuple[TracedTensor, ...]:
        q, r = state
        below = run("Where", op("Greater", rows, k), _loops.column(r, k), zero)
        tail = reduction.sum(run("Mul", below, below), axis=-1, keepdims=True)
        first = _loops.element(_loops.column(r, k), k)
        length = run("Sqrt", run("Add", run("Mul", first, first), tail))
        signed = run("Where", run("Less", first, zero), run("Neg", length), length)
        head = run("Add", first, signed)
        normal = _loops.upright(run("Where", op("Equal", rows, k), head, below))
        square = run("Add", run("Mul", head, head), tail)
        # A column that is on its axis already is not reflected, whatever its sign.
        turned = run("Greater", tail, zero)
        scale = run("Where", turned, run("Div", constant(2, x.dtype), square), zero)
        scaled = run("Mul", _loops.upright(scale), normal)
        turn_r = _loops.product(scaled, _loops.product(_loops.flipped(normal), r))
        turn_q = _loops.product(_loops.product(q, normal), _loops.flipped(scaled))
        return run("Sub", q, turn_q), run("Sub", r, turn_r)

    q, r = _loops.over(count, step, (_loops.identity_like(x), x))
    r = triu(r)
    return (q, r) if mode == "complete" else (q[..., :count], r[..., :count, :])


def lstsq(a: Any, b: Any, rcond: Any = None) -> TracedTensor:
    """The solution of the triangular system that orthogonal factors leave.

    The matrix has full rank; of any other the result is NaN, where Keras leaves out its smallest
    singular values.

    Raises:
        UnsupportedOperationError: `rcond`, which is about singular values, or a dynamic size.
    """
    a, b = promoted_floating(a, b)
    if a.ndim != 2:
        raise TypeError(f"{a.ndim}-dimensional array given. Array must be two-dimensional")
    m, n = a.shape
    if rcond is not None or m is None or n is None:
        why = "a dynamic size" if rcond is None else "rcond: it needs singular values"
        raise UnsupportedOperationError(
            f"keras.ops.lstsq has no ONNX form for {why}",
            where=f"called on {a!r}",
            remedy="give the matrix a static size and leave rcond out",
        )
    if b.ndim == 1:
        return op("Squeeze", lstsq(a, _loops.upright(b)), ints(-1))
    if m >= n:
        q, r = qr(a)
        x = solve_triangular(r, _loops.product(_loops.flipped(q), b))
    else:
        q, r = qr(_loops.flipped(a))
        x = _loops.product(q, solve_triangular(_loops.flipped(r), b, lower=True))
    sizes = run("Abs", diagonal(r))
    limit = constant(np.finfo(a.dtype).eps * max(m, n), a.dtype)
    least = run("Mul", reduction.max(sizes), limit)
    full = run("Greater", reduction.min(sizes), least)
    return run("Where", full, x, constant(float("nan"), x.dtype))
