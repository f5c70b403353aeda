"""Activation functions."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _keras_private, _shapes
from mimo_export.backend._graph import constant, op_multi, opset
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import creation, elementwise, reduction, shaping
from mimo_export.backend.numpy._dtypes import floating
from mimo_export.backend.numpy.real import expm1, logaddexp

_GELU_SINCE = 20  # the opset that brought Gelu
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def relu(x: Any) -> TracedTensor:
    """One Relu; of integers, a Max with 0."""
    x = convert_to_tensor(x)
    return run("Relu", x) if "float" in x.dtype else elementwise.maximum(x, 0)


def relu6(x: Any) -> TracedTensor:
    """One Clip to 0..6."""
    return elementwise.clip(x, 0, 6)


def sigmoid(x: Any) -> TracedTensor:
    """One Sigmoid."""
    return run("Sigmoid", floating(x))


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
    return run("Mul", x, run("Sigmoid", x))


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
    """One Gelu from opset 20 on; before, x * Phi(x) by Erf, or by Keras's tanh approximation."""
    x = floating(x)
    if opset() >= _GELU_SINCE and x.dtype == "float32":
        return run("Gelu", x, approximate="tanh" if approximate else None)
    half, one = constant(0.5, x.dtype), constant(1, x.dtype)
    if approximate:
        cubed = run("Mul", run("Mul", x, x), x)
        inner = run("Add", x, run("Mul", constant(0.044715, x.dtype), cubed))
        gate = run("Tanh", run("Mul", constant(0.7978845608028654, x.dtype), inner))
    else:
        gate = run("Erf", run("Div", x, constant(1.4142135623730951, x.dtype)))
    return run("Mul", run("Mul", half, x), run("Add", gate, one))


def sparse_sigmoid(x: Any) -> TracedTensor:
    """One HardSigmoid with a slope of 1/2."""
    return _ramp(x, 0.5)


def log_sigmoid(x: Any) -> TracedTensor:
    """Minus the Softplus of minus x."""
    return run("Neg", softplus(run("Neg", floating(x))))


def tanh_shrink(x: Any) -> TracedTensor:
    """A Tanh and a Sub."""
    x = floating(x)
    return run("Sub", x, run("Tanh", x))


def soft_shrink(x: Any, threshold: float = 0.5) -> TracedTensor:
    """One Shrink that moves what is left towards 0."""
    return run("Shrink", floating(x), lambd=float(threshold), bias=float(threshold))


def hard_shrink(x: Any, threshold: float = 0.5) -> TracedTensor:
    """One Shrink."""
    return run("Shrink", floating(x), lambd=float(threshold), bias=0.0)


def sparse_plus(x: Any) -> TracedTensor:
    """0 up to -1, x from 1 on, and a parabola between."""
    x = floating(x)
    one = constant(1, x.dtype)
    parabola = run("Mul", constant(0.25, x.dtype), elementwise.square(run("Add", x, one)))
    upper = run("Where", run("Less", x, one), parabola, x)
    low = run("LessOrEqual", x, constant(-1, x.dtype))
    return run("Where", low, constant(0, x.dtype), upper)


def squareplus(x: Any, b: float = 4) -> TracedTensor:
    """Half of x + sqrt(x^2 + b)."""
    x = floating(x)
    root = run("Sqrt", run("Add", run("Mul", x, x), convert_to_tensor(b, x.dtype)))
    return run("Div", run("Add", x, root), constant(2, x.dtype))


def hard_silu(x: Any) -> TracedTensor:
    """One HardSwish; in float64 a Mul with the hard sigmoid."""
    x = floating(x)
    return run("Mul", x, hard_sigmoid(x)) if x.dtype == "float64" else run("HardSwish", x)


def celu(x: Any, alpha: float = 1.0) -> TracedTensor:
    """One Celu, which ONNX defines in float32 only; in float64 by an exponential."""
    x = floating(x)
    if x.dtype == "float64":
        return _exponential(x, alpha, alpha)
    return cast(run("Celu", cast(x, "float32"), alpha=float(alpha)), x.dtype)


def glu(x: Any, axis: int = -1) -> TracedTensor:
    """One half of the channels, gated by the Sigmoid of the other."""
    x = convert_to_tensor(x)
    value, gate = op_multi("Split", x, axis=axis % x.ndim, outputs=2)
    return run("Mul", value, run("Sigmoid", gate))


def hard_tanh(x: Any) -> TracedTensor:
    """One Clip to -1..1."""
    return elementwise.clip(x, -1, 1)


def threshold(x: Any, threshold: float, default_value: float) -> TracedTensor:
    """One Where: the tensor above the threshold, else the default."""
    x = convert_to_tensor(x)
    above = run("Greater", x, convert_to_tensor(threshold, x.dtype))
    return run("Where", above, x, convert_to_tensor(default_value, x.dtype))


def sparsemax(x: Any, axis: int = -1) -> TracedTensor:
    """What is left of x above a threshold that is found in sorted order.

    The threshold comes from the sum of what is in the support (Martins and Astudillo, 2016). Keras
    3.15 takes the sum of the running sums there, and so do we on it.
    """
    x = floating(x)
    if x.dtype == "bfloat16":
        return cast(sparsemax(cast(x, "float32"), axis), x.dtype)
    axis %= x.ndim
    zero, one = constant(0, x.dtype), constant(1, x.dtype)
    size = _shapes.size_of(x, axis)
    ordered, _ = op_multi("TopK", x, _shapes.vector([size]), axis=axis, outputs=2)
    sums = reduction.cumsum(ordered, axis)
    ranks = run("Add", cast(creation.arange(size), x.dtype), one)
    ranks = shaping.reshape(ranks, [-1 if i == axis else 1 for i in range(x.ndim)])
    support = run("Greater", run("Sub", ordered, run("Div", run("Sub", sums, one), ranks)), zero)
    count = reduction.sum(cast(support, x.dtype), axis, keepdims=True)
    summed = ordered if _keras_private.HAS_OPS else sums
    total = reduction.sum(run("Where", support, summed, zero), axis, keepdims=True)
    return run("Max", run("Sub", x, run("Div", run("Sub", total, one), count)), zero)


def softmax(x: Any, axis: int | None = -1) -> TracedTensor:
    """One Softmax."""
    return _normalised("Softmax", x, axis)


def log_softmax(x: Any, axis: int | None = -1) -> TracedTensor:
    """One LogSoftmax."""
    return _normalised("LogSoftmax", x, axis)


def _normalised(op_type: str, x: Any, axis: int | None) -> TracedTensor:
    x = floating(x)
    if axis is not None:
        return run(op_type, x, axis=axis % x.ndim)
    sizes = [_shapes.size_of(x, i) for i in range(x.ndim)]
    return _shapes.reshape(run(op_type, shaping.ravel(x), axis=0), sizes)
