"""Divisors and multiples of integers."""

from __future__ import annotations

from typing import Any

from mimo_export.backend._graph import constant
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import while_loop
from mimo_export.backend.numpy import elementwise, reduction
from mimo_export.backend.numpy._division import quotient
from mimo_export.backend.numpy._dtypes import as_tensors


def gcd(x1: Any, x2: Any) -> TracedTensor:
    """Euclid's algorithm: one Loop until every remainder is 0."""
    x1, x2 = _sizes("gcd", x1, x2)
    zero = constant(0, x1.dtype)

    def step(larger: TracedTensor, rest: TracedTensor) -> tuple[TracedTensor, TracedTensor]:
        done = run("Equal", rest, zero)
        remainder = run("Mod", larger, _without_zero(rest))
        return run("Where", done, larger, rest), run("Where", done, zero, remainder)

    def unfinished(_: TracedTensor, rest: TracedTensor) -> TracedTensor:
        return reduction.any(rest)

    blank = run("Mul", run("Add", x1, x2), zero)
    pair = (run("Add", x1, blank), run("Add", x2, blank))
    found: TracedTensor = while_loop(unfinished, step, pair)[0]
    return found


def lcm(x1: Any, x2: Any) -> TracedTensor:
    """The product over the greatest common divisor; 0 if both are."""
    x1, x2 = _sizes("lcm", x1, x2)
    return run("Mul", x1, quotient(x2, _without_zero(gcd(x1, x2))))


def _sizes(name: str, x1: Any, x2: Any) -> tuple[TracedTensor, TracedTensor]:
    x1, x2 = as_tensors(x1, x2)
    if "int" not in x1.dtype:
        raise TypeError(f"Arguments to {name} must be integers. Received: {x1!r}, {x2!r}")
    return elementwise.absolute(x1), elementwise.absolute(x2)


def _without_zero(x: TracedTensor) -> TracedTensor:
    return run("Where", run("Equal", x, constant(0, x.dtype)), constant(1, x.dtype), x)
