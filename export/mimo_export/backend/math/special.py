"""Roots, error functions, sums of exponentials, distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise, reduction
from mimo_export.backend.numpy._dtypes import floating
from mimo_export.backend.numpy.reduction import Axis
from mimo_export.errors import UnsupportedOperationError


def rsqrt(x: Any) -> TracedTensor:
    """One Sqrt and a Reciprocal."""
    return run("Reciprocal", run("Sqrt", floating(x)))


def erf(x: Any) -> TracedTensor:
    """One Erf."""
    return run("Erf", floating(x))


def erfc(x: Any) -> TracedTensor:
    """One Erf, taken from 1."""
    x = floating(x)
    return run("Sub", constant(1, x.dtype), run("Erf", x))


def erfinv(x: Any) -> TracedTensor:
    """The polynomials of M. Giles (2010), which XLA computes it with too."""
    x = floating(x)
    if x.dtype == "float64":
        raise UnsupportedOperationError(
            "erfinv of float64 has no ONNX form that is exact to float64",
            where=f"called on {x!r}",
            remedy="cast to float32 before it",
        )
    if x.dtype != "float32":
        return cast(erfinv(cast(x, "float32")), x.dtype)
    one = constant(1, "float32")
    w = run("Neg", run("Log", run("Mul", run("Sub", one, x), run("Add", one, x))))
    near = _polynomial(run("Sub", w, constant(2.5, "float32")), _ERFINV_NEAR)
    far = _polynomial(run("Sub", run("Sqrt", w), constant(3, "float32")), _ERFINV_FAR)
    result = run("Mul", run("Where", run("Less", w, constant(5, "float32")), near, far), x)
    edge = run("Equal", run("Abs", x), one)
    return run("Where", edge, run("Mul", x, constant(np.inf, "float32")), result)


_ERFINV_NEAR = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
_ERFINV_FAR = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


def _polynomial(x: TracedTensor, coefficients: tuple[float, ...]) -> TracedTensor:
    result = constant(coefficients[0], x.dtype)
    for coefficient in coefficients[1:]:
        result = run("Add", run("Mul", result, x), constant(coefficient, x.dtype))
    return result


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> TracedTensor:
    """The logarithm of a sum of exponentials, all less the largest, so that none overflows."""
    x = floating(x)
    largest = reduction.extreme_number("ReduceMax", x, axis, keepdims=True)
    finite = run("Where", run("IsInf", largest), constant(0, x.dtype), largest)
    total = reduction.sum(run("Exp", run("Sub", x, finite)), axis, keepdims=True)
    result = run("Add", run("Log", total), finite)
    axes = reduction.normal_axes(axis, x.ndim)
    return result if keepdims or not axes else op("Squeeze", result, ints(*axes))


def cdist(x: Any, y: Any) -> TracedTensor:
    """The Euclidean distances of all pairs of rows."""
    x, y = convert_to_tensor(x), convert_to_tensor(y)
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError("`cdist` inputs must have rank >= 2")
    if x.shape[-1] != y.shape[-1] and None not in (x.shape[-1], y.shape[-1]):
        raise ValueError("Last dimension of inputs to `cdist` must match")
    pairs = elementwise.subtract(op("Unsqueeze", x, ints(-2)), op("Unsqueeze", y, ints(-3)))
    return elementwise.sqrt(reduction.sum(elementwise.square(pairs), axis=-1))
