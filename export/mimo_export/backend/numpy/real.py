"""Functions of a real number that take more than one operator, or that few models need."""

from __future__ import annotations

import math
from typing import Any

import keras

from mimo_export.backend._graph import constant
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy._dtypes import floating, is_float, promoted_floating


def cbrt(x: Any) -> TracedTensor:
    """The third root of the size, with the sign."""
    x = convert_to_tensor(x)
    if not is_float(x):
        x = cast(x, "float64" if x.dtype == "int64" else keras.config.floatx())
    root = run("Pow", run("Abs", x), constant(1 / 3, x.dtype))
    return run("Mul", run("Sign", x), root)


def exp2(x: Any) -> TracedTensor:
    """One Pow of 2."""
    x = floating(x)
    return run("Pow", constant(2, x.dtype), x)


def expm1(x: Any) -> TracedTensor:
    """exp(x) - 1, near 0 by tanh(x / 2), which loses no digits there."""
    x = floating(x)
    half, one, two = (constant(n, x.dtype) for n in (0.5, 1, 2))
    t = run("Tanh", run("Mul", x, half))
    near = run("Div", run("Mul", two, t), run("Sub", one, t))
    far = run("Sub", run("Exp", x), one)
    return run("Where", run("Less", run("Abs", x), half), near, far)


def log2(x: Any) -> TracedTensor:
    """A Log, scaled."""
    return _log_to(2, x)


def log10(x: Any) -> TracedTensor:
    """A Log, scaled."""
    return _log_to(10, x)


def _log_to(base: int, x: Any) -> TracedTensor:
    x = floating(x)
    return run("Div", run("Log", x), constant(math.log(base), x.dtype))


def log1p(x: Any) -> TracedTensor:
    """log(1 + x) without losing the digits of a small x.

    With u = 1 + x as it is rounded, log(u) * x / (u - 1) makes the rounding good again
    (W. Kahan; Goldberg 1991, theorem 4); where u is 1 or x itself there is nothing to make good.
    """
    x = floating(x)
    one = constant(1, x.dtype)
    u = run("Add", one, x)
    log_u = run("Log", u)
    scaled = run("Mul", log_u, run("Div", x, run("Sub", u, one)))
    large = run("Where", run("Equal", u, x), log_u, scaled)
    return run("Where", run("Equal", u, one), x, large)


def logaddexp(x1: Any, x2: Any) -> TracedTensor:
    """The larger one, and log1p of what the smaller one adds."""
    x1, x2 = promoted_floating(x1, x2)
    distance = run("Sub", x1, x2)
    added = log1p(run("Exp", run("Neg", run("Abs", distance))))
    both = run("Add", run("Max", x1, x2), added)
    return run("Where", run("IsNaN", distance), run("Add", x1, x2), both)


def logaddexp2(x1: Any, x2: Any) -> TracedTensor:
    """`logaddexp` of powers of two."""
    x1, x2 = promoted_floating(x1, x2)
    distance, log_2 = run("Sub", x1, x2), constant(math.log(2), x1.dtype)
    added = log1p(run("Exp", run("Neg", run("Mul", run("Abs", distance), log_2))))
    both = run("Add", run("Max", x1, x2), run("Div", added, log_2))
    return run("Where", run("IsNaN", distance), run("Add", x1, x2), both)


def tan(x: Any) -> TracedTensor:
    """One Tan; in float64, which onnxruntime's Tan does not know, a quotient."""
    x = floating(x)
    return run("Div", run("Sin", x), run("Cos", x)) if x.dtype == "float64" else run("Tan", x)


def sinh(x: Any) -> TracedTensor:
    """One Sinh; in float64 by exponentials."""
    x = floating(x)
    return _half(x, "Sub") if x.dtype == "float64" else run("Sinh", x)


def cosh(x: Any) -> TracedTensor:
    """One Cosh; in float64 by exponentials."""
    x = floating(x)
    return _half(x, "Add") if x.dtype == "float64" else run("Cosh", x)


def _half(x: TracedTensor, op_type: str) -> TracedTensor:
    both = run(op_type, run("Exp", x), run("Exp", run("Neg", x)))
    return run("Mul", both, constant(0.5, x.dtype))


def arcsin(x: Any) -> TracedTensor:
    """One Asin; in float64 the angle of a point on the unit circle."""
    x = floating(x)
    return arctan2(x, _leg(x)) if x.dtype == "float64" else run("Asin", x)


def arccos(x: Any) -> TracedTensor:
    """One Acos; in float64 the angle of a point on the unit circle."""
    x = floating(x)
    return arctan2(_leg(x), x) if x.dtype == "float64" else run("Acos", x)


def _leg(x: TracedTensor) -> TracedTensor:
    """Return sqrt(1 - x * x)."""
    one = constant(1, x.dtype)
    return run("Sqrt", run("Mul", run("Sub", one, x), run("Add", one, x)))


def arctan(x: Any) -> TracedTensor:
    """One Atan; in float64 that of float32, made exact.

    With y near atan(x), atan(x) - y is the angle of which (x cos y - sin y) / (cos y + x sin y) is
    the tangent: so small that the tangent is the angle itself.
    """
    x = floating(x)
    if x.dtype != "float64":
        return run("Atan", x)
    near = cast(run("Atan", cast(x, "float32")), x.dtype)
    sine, cosine = run("Sin", near), run("Cos", near)
    rise = run("Sub", run("Mul", x, cosine), sine)
    along = run("Add", cosine, run("Mul", x, sine))
    exact = run("Add", near, run("Div", rise, along))
    limit = run("Mul", run("Sign", x), constant(math.pi / 2, x.dtype))
    return run("Where", run("IsInf", x), limit, exact)


def arcsinh(x: Any) -> TracedTensor:
    """One Asinh; in float64 by a logarithm."""
    x = floating(x)
    if x.dtype != "float64":
        return run("Asinh", x)
    size, one = run("Abs", x), constant(1, x.dtype)
    square = run("Mul", x, x)
    root = run("Sqrt", run("Add", square, one))
    sum_ = run("Add", size, run("Div", square, run("Add", one, root)))
    return run("Mul", run("Sign", x), log1p(sum_))


def arccosh(x: Any) -> TracedTensor:
    """One Acosh; in float64 by a logarithm."""
    x = floating(x)
    if x.dtype != "float64":
        return run("Acosh", x)
    t = run("Sub", x, constant(1, x.dtype))
    root = run("Sqrt", run("Mul", t, run("Add", t, constant(2, x.dtype))))
    return log1p(run("Add", t, root))


def arctanh(x: Any) -> TracedTensor:
    """One Atanh; in float64 by a logarithm."""
    x = floating(x)
    if x.dtype != "float64":
        return run("Atanh", x)
    doubled = run("Div", run("Add", x, x), run("Sub", constant(1, x.dtype), x))
    return run("Mul", constant(0.5, x.dtype), log1p(doubled))


def arctan2(x1: Any, x2: Any) -> TracedTensor:
    """The angle of the point (x2, x1).

    1. In the first quadrant it is Atan of the quotient of the sizes; of two zeros 0, of two
       infinities that of 1.
    2. The signs, those of zeros included, say in which quadrant it is.
    """
    y, x = promoted_floating(x1, x2)
    zero, one, pi = (constant(n, x.dtype) for n in (0, 1, math.pi))
    nothing = run("And", run("Equal", y, zero), run("Equal", x, zero))
    infinite = run("And", run("IsInf", y), run("IsInf", x))
    ratio = run("Div", run("Abs", y), run("Abs", x))
    ratio = run("Where", nothing, zero, run("Where", infinite, one, ratio))
    first = arctan(ratio)
    angle = run("Where", is_negative(x), run("Sub", pi, first), first)
    return run("Where", is_negative(y), run("Neg", angle), angle)


def is_negative(x: TracedTensor) -> TracedTensor:
    """Whether a floating number has a minus sign; that of -0 is seen in its reciprocal."""
    zero = constant(0, x.dtype)
    return run("Or", run("Less", x, zero), run("Less", run("Reciprocal", x), zero))


def angle(x: Any) -> TracedTensor:
    """0 or pi: the angle of a real number."""
    x = floating(x)
    turned = run("Where", is_negative(x), constant(math.pi, x.dtype), constant(0, x.dtype))
    return run("Where", run("IsNaN", x), x, turned)


def deg2rad(x: Any) -> TracedTensor:
    """One Mul."""
    return _scaled(x, math.pi / 180)


def rad2deg(x: Any) -> TracedTensor:
    """One Mul."""
    return _scaled(x, 180 / math.pi)


def _scaled(x: Any, factor: float) -> TracedTensor:
    x = convert_to_tensor(x)
    if not is_float(x):
        x = cast(x, "float64" if x.dtype == "int64" else keras.config.floatx())
    return run("Mul", x, constant(factor, x.dtype))


def sinc(x: Any) -> TracedTensor:
    """sin(pi x) / (pi x), 1 at 0."""
    x = floating(x)
    turned = run("Mul", x, constant(math.pi, x.dtype))
    ratio = run("Div", run("Sin", turned), turned)
    return run("Where", run("Equal", x, constant(0, x.dtype)), constant(1, x.dtype), ratio)
