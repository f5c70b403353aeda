"""Losses and measures of likeness, of single elements or of rows."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.nn.activation import log_sigmoid, log_softmax
from mimo_export.backend.nn.encoding import one_hot
from mimo_export.backend.numpy import elementwise, reduction, shaping
from mimo_export.backend.numpy._dtypes import as_tensors
from mimo_export.backend.numpy.real import log10


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> TracedTensor:
    """The negative logarithm of the probability that each target was given."""
    target, output = _alike(target, output)
    one = constant(1, output.dtype)
    if from_logits:
        yes, no = log_sigmoid(output), log_sigmoid(run("Neg", output))
    else:
        output = _clipped(output)
        yes, no = run("Log", output), run("Log", run("Sub", one, output))
    both = run("Add", run("Mul", target, yes), run("Mul", run("Sub", one, target), no))
    return run("Neg", both)


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> TracedTensor:
    """The negative sum of targets times logarithms of probabilities."""
    target, output = _alike(target, output)
    if output.ndim < 1:
        raise ValueError(
            "Arguments `target` and `output` must be at least rank 1. Received: "
            f"target.shape={target.shape}, output.shape={output.shape}"
        )
    return _categorical(target, output, from_logits, axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> TracedTensor:
    """The same for targets that are the numbers of classes."""
    target, output = convert_to_tensor(target, "int32"), convert_to_tensor(output)
    if target.ndim == output.ndim and target.dims[-1] == 1:
        target = shaping.squeeze(target, -1)
    if output.ndim < 1 or _differ(target.dims, output.dims[:-1]):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape "
            "up until the last dimension: "
            f"target.shape={target.shape}, output.shape={output.shape}"
        )
    classes = _shapes.static_size(output, axis, "keras.ops.sparse_categorical_crossentropy")
    hits = one_hot(target, classes, axis=axis, dtype=output.dtype)
    return _categorical(hits, output, from_logits, axis)


def psnr(x1: Any, x2: Any, max_val: Any) -> TracedTensor:
    """The ratio of the largest possible value to the mean square difference, in decibels."""
    x1, x2 = as_tensors(x1, x2)
    if _differ(x1.dims, x2.dims):
        raise ValueError(
            f"Input shapes {x1.shape} and {x2.shape} must match for PSNR calculation. "
        )
    error = reduction.mean(elementwise.square(elementwise.subtract(x1, x2)))
    peak = log10(convert_to_tensor(max_val, x2.dtype))
    return elementwise.subtract(
        elementwise.multiply(20, peak), elementwise.multiply(10, log10(error))
    )


def _categorical(
    target: TracedTensor, output: TracedTensor, from_logits: bool, axis: int
) -> TracedTensor:
    if from_logits:
        logarithms = log_softmax(output, axis=axis)
    else:
        total = reduction.sum(output, axis, keepdims=True)
        logarithms = run("Log", _clipped(run("Div", output, total)))
    return run("Neg", reduction.sum(run("Mul", target, logarithms), axis))


def _alike(target: Any, output: Any) -> tuple[TracedTensor, TracedTensor]:
    target, output = as_tensors(target, output)
    if _differ(target.dims, output.dims):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape. Received: "
            f"target.shape={target.shape}, output.shape={output.shape}"
        )
    return target, output


def _differ(one: tuple[int | str, ...], other: tuple[int | str, ...]) -> bool:
    """Whether shapes differ in what is known of them."""
    pairs = zip(one, other, strict=False)
    known = any(a != b for a, b in pairs if isinstance(a, int) and isinstance(b, int))
    return len(one) != len(other) or known


def _clipped(x: TracedTensor) -> TracedTensor:
    """Return probabilities away from 0 and 1, whose logarithms are infinite."""
    return elementwise.clip(x, keras.config.epsilon(), 1 - keras.config.epsilon())
