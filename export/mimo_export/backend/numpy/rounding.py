"""Numbers brought into order: rounding, signs, and what is not a number."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mimo_export.backend._graph import constant, ir_numpy, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy._dtypes import floating, is_float
from mimo_export.backend.numpy.creation import full_like
from mimo_export.backend.numpy.real import is_negative


def floor(x: Any) -> TracedTensor:
    """One Floor."""
    return run("Floor", floating(x))


def ceil(x: Any) -> TracedTensor:
    """One Ceil."""
    return run("Ceil", floating(x))


def trunc(x: Any) -> TracedTensor:
    """A Floor of what is positive and a Ceil of what is negative."""
    x = convert_to_tensor(x)
    if not is_float(x):
        return x
    negative = run("Less", x, constant(0, x.dtype))
    return run("Where", negative, run("Ceil", x), run("Floor", x))


def round(x: Any, decimals: int = 0) -> TracedTensor:
    """One Round, halves to the even neighbour; scaled for other places than the first."""
    x = convert_to_tensor(x)
    if not is_float(x) and decimals >= 0:
        return x
    if decimals == 0:
        return run("Round", x)
    real = x if is_float(x) else cast(x, keras.config.floatx())
    factor = constant(10.0**decimals, real.dtype)
    return cast(run("Div", run("Round", run("Mul", real, factor)), factor), x.dtype)


def sign(x: Any) -> TracedTensor:
    """One Sign."""
    return run("Sign", convert_to_tensor(x))


def signbit(x: Any) -> TracedTensor:
    """Whether there is a minus sign, also that of -0."""
    x = convert_to_tensor(x)
    if x.dtype == "bool":
        return full_like(x, False)
    return is_negative(x) if is_float(x) else run("Less", x, constant(0, x.dtype))


def isnan(x: Any) -> TracedTensor:
    """One IsNaN."""
    x = convert_to_tensor(x)
    return run("IsNaN", x) if is_float(x) else full_like(x, False, "bool")


def isinf(x: Any) -> TracedTensor:
    """One IsInf."""
    x = convert_to_tensor(x)
    return run("IsInf", x) if is_float(x) else full_like(x, False, "bool")


def isposinf(x: Any) -> TracedTensor:
    """One IsInf of the positive side."""
    x = convert_to_tensor(x)
    return run("IsInf", x, detect_negative=0) if is_float(x) else full_like(x, False, "bool")


def isneginf(x: Any) -> TracedTensor:
    """One IsInf of the negative side."""
    x = convert_to_tensor(x)
    return run("IsInf", x, detect_positive=0) if is_float(x) else full_like(x, False, "bool")


def isfinite(x: Any) -> TracedTensor:
    """Neither infinite nor not a number."""
    x = convert_to_tensor(x)
    if not is_float(x):
        return full_like(x, True, "bool")
    return op("Not", op("Or", run("IsInf", x), run("IsNaN", x)))


def isreal(x: Any) -> TracedTensor:
    """True: complex numbers have no ONNX form."""
    return full_like(x, True, "bool")


def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> TracedTensor:
    """Numbers in the place of NaN and the infinities; default for those the largest finite ones."""
    x = convert_to_tensor(x)
    if not is_float(x):
        return x
    finite = np.finfo(ir_numpy(x.dtype)) if x.dtype != "bfloat16" else None
    largest = float(finite.max) if finite is not None else 3.3895313892515355e38
    high = constant(largest if posinf is None else posinf, x.dtype)
    low = constant(-largest if neginf is None else neginf, x.dtype)
    number = run("Where", run("IsNaN", x), constant(nan, x.dtype), x)
    number = run("Where", isposinf(x), high, number)
    return run("Where", isneginf(x), low, number)


def real(x: Any) -> TracedTensor:
    """Return the tensor: complex numbers have no ONNX form."""
    return convert_to_tensor(x)


def imag(x: Any) -> TracedTensor:
    """Zeros: complex numbers have no ONNX form."""
    return full_like(x, 0)


def conjugate(x: Any) -> TracedTensor:
    """Return the tensor: complex numbers have no ONNX form."""
    return convert_to_tensor(x)


def conj(x: Any) -> TracedTensor:
    """Return the tensor: complex numbers have no ONNX form."""
    return convert_to_tensor(x)
