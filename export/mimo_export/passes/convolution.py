"""Fold what follows a convolution into its weights.

1. Conv(x, w) + b, with one number for each channel, is Conv(x, w, b).
2. Conv(x, w, b) * s, with one number for each channel, is Conv(x, w * s, b * s).

A BatchNormalization is such a scale and such a bias.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite


class ConvolutionPass(ir.passes.InPlacePass):
    """Fold biases and scales into convolutions."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Sweep once: a folded operator leaves the convolution before what follows it."""
        modified = False
        for node in model.graph:
            if node.op_type in ("Add", "Mul"):
                modified |= _fold(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _fold(graph: ir.Graph, node: ir.Node) -> bool:
    sides = [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])]
    for value, factor in sides:
        conv = _rewrite.only_maker(value)
        if (
            value is None
            or factor is None
            or conv is None
            or conv.op_type != "Conv"
            or not _is_per_channel(value, factor)
        ):
            continue
        inputs = (
            _with_bias(graph, conv, factor)
            if node.op_type == "Add"
            else _scaled(graph, conv, factor)
        )
        if inputs is None:
            continue
        folded = ir.node("Conv", inputs, dict(conv.attributes))
        _rewrite.replace(node, folded)
        graph.remove(conv, safe=True)
        folded.name = conv.name
        return True
    return False


def _is_per_channel(value: ir.Value, factor: ir.Value) -> bool:
    """Whether a constant has one number for each channel of a convolution's output."""
    if not _rewrite.is_constant(factor):
        return False
    rank, channels = len(_rewrite.dims(value)), _rewrite.dims(value)[1]
    shape = _rewrite.dims(factor)
    full = (1,) * (rank - len(shape)) + shape
    return full == (1, channels, *(1,) * (rank - 2))


def _with_bias(graph: ir.Graph, conv: ir.Node, bias: ir.Value) -> list[ir.Value | None] | None:
    """Case 1; a bias that is there already takes the other in."""
    x, weights, *given = conv.inputs
    channels = _rewrite.dims(weights)[0]
    first = given[0] if given else None
    if not isinstance(channels, int) or (given and not _rewrite.is_constant(first)):
        return None

    def load() -> _rewrite.Array:
        vector = np.asarray(_rewrite.constant(bias)).ravel()
        return vector if first is None else np.asarray(_rewrite.constant(first)) + vector

    return [x, weights, _rewrite.new_constant(graph, first or bias, [channels], load)]


def _scaled(graph: ir.Graph, conv: ir.Node, scale: ir.Value) -> list[ir.Value | None] | None:
    """Case 2."""
    x, *constants = conv.inputs
    weights = [value for value in constants if value is not None and _rewrite.is_constant(value)]
    if len(weights) < len(constants):
        return None
    return [x, *(_times(graph, value, scale) for value in weights)]


def _times(graph: ir.Graph, weights: ir.Value, scale: ir.Value) -> ir.Value:
    """Return weights [channels, ...] times one number for each channel."""
    shape = [dim for dim in _rewrite.dims(weights) if isinstance(dim, int)]

    def load() -> _rewrite.Array:
        factors = np.asarray(_rewrite.constant(scale)).reshape([-1] + [1] * (len(shape) - 1))
        return np.asarray(np.asarray(_rewrite.constant(weights)) * factors)

    return _rewrite.new_constant(graph, weights, shape, load)
