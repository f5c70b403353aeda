"""Activation functions."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.numpy import elementwise, shaping
from mimo_export.backend.numpy._dtypes import floating


def relu(x: Any) -> TracedTensor:
    """One Relu."""
    return op("Relu", convert_to_tensor(x))


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
    """One Softplus."""
    return op("Softplus", floating(x))


def softsign(x: Any) -> TracedTensor:
    """One Softsign."""
    return op("Softsign", floating(x))


def silu(x: Any) -> TracedTensor:
    """A Sigmoid and a Mul."""
    x = floating(x)
    return op("Mul", x, op("Sigmoid", x))


def leaky_relu(x: Any, negative_slope: float = 0.2) -> TracedTensor:
    """One LeakyRelu."""
    return op("LeakyRelu", floating(x), alpha=float(negative_slope))


def hard_sigmoid(x: Any) -> TracedTensor:
    """One HardSigmoid with Keras's slope of 1/6."""
    return op("HardSigmoid", floating(x), alpha=1 / 6, beta=0.5)


def elu(x: Any, alpha: float = 1.0) -> TracedTensor:
    """One Elu."""
    return op("Elu", floating(x), alpha=float(alpha))


def selu(x: Any) -> TracedTensor:
    """One Selu."""
    return op("Selu", floating(x))


def gelu(x: Any, approximate: bool = True) -> TracedTensor:
    """X * Phi(x) by Erf, or by Keras's tanh approximation."""
    x = floating(x)
    half, one = constant(0.5, x.dtype), constant(1, x.dtype)
    if approximate:
        cubed = op("Mul", op("Mul", x, x), x)
        inner = op("Add", x, op("Mul", constant(0.044715, x.dtype), cubed))
        gate = op("Tanh", op("Mul", constant(0.7978845608028654, x.dtype), inner))
    else:
        gate = op("Erf", op("Div", x, constant(1.4142135623730951, x.dtype)))
    return op("Mul", op("Mul", half, x), op("Add", gate, one))


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
