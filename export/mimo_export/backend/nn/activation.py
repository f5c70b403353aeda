"""Activation functions."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, op, op_multi
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import creation, elementwise, reduction, shaping
from mimo_export.backend.numpy._dtypes import floating
from mimo_export.backend.numpy.real import expm1, logaddexp

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def relu(x: Any) -> TracedTensor:
    """One Relu; of integers, a Max with 0."""
    x = convert_to_tensor(x)
    return op("Relu", x) if "float" in x.dtype else elementwise.maximum(x, 0)


def relu6(x: Any) -> TracedTensor:
    """One Clip to 0..6."""
    return elementwise.clip(x, 0, 6)


def sigmoid(x: Any) -> TracedTensor:
    """One Sigmoid."""
    return op("Sigmoid", floating(x))


def tanh(x: Any) -> TracedTensor:
    """One Tanh."""
    return elementwise.tanh(x)


def softplus(x: Any) -> TracedTensor:
    """One Softplus; in float64, which onnxruntime's does not know, a logarithm."""
    x = floating(x)
    return logaddexp(x, 0) if x.dtype == "float64" else run("Softplus", x)


def softsign(x: Any) -> TracedTensor:
    """One Softsign; in float64 a quotient."""
    x = floating(x)
    if x.dtype != "float64":
        return run("Softsign", x)
    return run("Div", x, run("Add", constant(1, x.dtype), run("Abs", x)))


def silu(x: Any) -> TracedTensor:
    """A Sigmoid and a Mul."""
    x = floating(x)
    return op("Mul", x, op("Sigmoid", x))


def leaky_relu(x: Any, negative_slope: float = 0.2) -> TracedTensor:
    """One LeakyRelu."""
    return run("LeakyRelu", floating(x), alpha=float(negative_slope))


def hard_sigmoid(x: Any) -> TracedTensor:
    """One HardSigmoid with Keras's slope of 1/6."""
    return _ramp(x, 1 / 6)


def _ramp(x: Any, slope: float) -> TracedTensor:
    """Return one HardSigmoid; in float64 a line between 0 and 1."""
    x = floating(x)
    if x.dtype != "float64":
        return run("HardSigmoid", x, alpha=slope, beta=0.5)
    line = run("Add", run("Mul", x, constant(slope, x.dtype)), constant(0.5, x.dtype))
    return elementwise.clip(line, 0, 1)


def elu(x: Any, alpha: float = 1.0) -> TracedTensor:
    """One Elu; in float64 by an exponential."""
    x = floating(x)
    return _exponential(x, alpha) if x.dtype == "float64" else run("Elu", x, alpha=float(alpha))


def _exponential(x: TracedTensor, height: float, width: float = 1.0) -> TracedTensor:
    """Return x where it is positive, else height * (exp(x / width) - 1)."""
    zero = constant(0, x.dtype)
    curve = expm1(run("Div", run("Min", x, zero), constant(width, x.dtype)))
    below = run("Mul", constant(height, x.dtype), curve)
    return run("Add", run("Max", x, zero), below)


def selu(x: Any) -> TracedTensor:
    """One Selu; in float64 by an exponential."""
    x = floating(x)
    if x.dtype != "float64":
        return run("Selu", x)
    return run("Mul", _exponential(x, _SELU_ALPHA), constant(_SELU_SCALE, x.dtype))


def gelu(x: Any, approximate: bool = True) -> TracedTensor:
    """X * Phi(x) by Erf, or by Keras's tanh approximation."""
    x = floating(x)
    half, one = constant(0.5, x.dtype), constant(1, x.dtype)
    if approximate:
        cubed = op("Mul", op("Mul", x, x), x)
        inner = op("Add", x, op("Mul", constant(0.044715, x.dtype), cubed))
        gate = op("Tanh", op("Mul", constant(0.7978845608028654, x.dtype), inner))
    else:
        gate = run("Erf", op("Div", x, constant(1.4142135623730951, x.dtype)))
    return op("Mul", op("Mul", half, x), op("Add", gate, one))


def sparse_sigmoid(x: Any) -> TracedTensor:
    """One HardSigmoid with a slope of 1/2."""
    return _ramp(x, 0.5)


def log_sigmoid(x: Any) -> TracedTensor:
    """Minus the Softplus of minus x."""
    return op("Neg", softplus(op("Neg", floating(x))))


def tanh_shrink(x: Any) -> TracedTensor:
    """A Tanh and a Sub."""
    x = floating(x)
    return op("Sub", x, op("Tanh", x))


def soft_shrink(x: Any, threshold: float = 0.5) -> TracedTensor:
    """One Shrink that moves what is left towards 0."""
    return op("Shrink", floating(x), lambd=float(threshold), bias=float(threshold))


def hard_shrink(x: Any, threshold: float = 0.5) -> TracedTensor:
    """One Shrink."""
    return op("Shrink", floating(x), lambd=float(threshold), bias=0.0)


def sparse_plus(x: Any) -> TracedTensor:
    """0 up to -1, x from 1 on, and a parabola between."""
    x = floating(x)
    one = constant(1, x.dtype)
    parabola = op("Mul", constant(0.25, x.dtype), elementwise.square(op("Add", x, one)))
    upper = op("Where", op("Less", x, one), parabola, x)
    low = op("LessOrEqual", x, constant(-1, x.dtype))
    return op("Where", low, constant(0, x.dtype), upper)


def squareplus(x: Any, b: float = 4) -> TracedTensor:
    """Half of x + sqrt(x^2 + b)."""
    x = floating(x)
    root = op("Sqrt", op("Add", op("Mul", x, x), convert_to_tensor(b, x.dtype)))
    return op("Div", op("Add", x, root), constant(2, x.dtype))


def hard_silu(x: Any) -> TracedTensor:
    """One HardSwish; in float64 a Mul with the hard sigmoid."""
    x = floating(x)
    return run("Mul", x, hard_sigmoid(x)) if x.dtype == "float64" else run("HardSwish", x)


def celu(x: Any, alpha: float = 1.0) -> TracedTensor:
    """One Celu, which ONNX defines in float32 only; in float64 by an exponential."""
    x = floating(x)
    if x.dtype == "float64":
        return _exponential(x, alpha, alpha)
    return cast(op("Celu", cast(x, "float32"), alpha=float(alpha)), x.dtype)


def glu(x: Any, axis: int = -1) -> TracedTensor:
    """One half of the channels, gated by the Sigmoid of the other."""
    x = convert_to_tensor(x)
    value, gate = op_multi("Split", x, axis=axis % x.ndim, outputs=2)
    return op("Mul", value, op("Sigmoid", gate))


def hard_tanh(x: Any) -> TracedTensor:
    """One Clip to -1..1."""
    return elementwise.clip(x, -1, 1)


def threshold(x: Any, threshold: float, default_value: float) -> TracedTensor:
    """One Where: the tensor above the threshold, else the default."""
    x = convert_to_tensor(x)
    above = op("Greater", x, convert_to_tensor(threshold, x.dtype))
    return op("Where", above, x, convert_to_tensor(default_value, x.dtype))


def sparsemax(x: Any, axis: int = -1) -> TracedTensor:
    """What is left of x above a threshold that is found in sorted order.

    The threshold comes from the sum of all running sums that are in the support, as in Keras, where
    the definition (Martins and Astudillo, 2016) has the last of them alone.
    """
    x = floating(x)
    axis %= x.ndim
    zero, one = constant(0, x.dtype), constant(1, x.dtype)
    size = _shapes.size_of(x, axis)
    ordered, _ = op_multi("TopK", x, _shapes.vector([size]), axis=axis, outputs=2)
    sums = reduction.cumsum(ordered, axis)
    ranks = op("Add", cast(creation.arange(size), x.dtype), one)
    ranks = shaping.reshape(ranks, [-1 if i == axis else 1 for i in range(x.ndim)])
    support = op("Greater", op("Sub", ordered, op("Div", op("Sub", sums, one), ranks)), zero)
    count = reduction.sum(cast(support, x.dtype), axis, keepdims=True)
    total = reduction.sum(op("Where", support, sums, zero), axis, keepdims=True)
    return op("Max", op("Sub", x, op("Div", op("Sub", total, one), count)), zero)


def softmax(x: Any, axis: int | None = -1) -> TracedTensor:
    """One Softmax."""
    return _normalised("Softmax", x, axis)


def log_softmax(x: Any, axis: int | None = -1) -> TracedTensor:
    """One LogSoftmax."""
    return _normalised("LogSoftmax", x, axis)


def _normalised(op_type: str, x: Any, axis: int | None) -> TracedTensor:
    x = floating(x)
    if axis is not None:
        return op(op_type, x, axis=axis % x.ndim)
    sizes = [_shapes.size_of(x, i) for i in range(x.ndim)]
    return _shapes.reshape(op(op_type, shaping.ravel(x), axis=0), sizes)
