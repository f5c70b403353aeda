"""Convolve along one axis as along two, of which the first has one element.

onnxruntime has its fast convolutions, and the layout of channels that goes with them, for pictures
alone: of 16 channels by 256 steps, batches of 1, 32 and 256 take 0.65, 0.48 and 0.62 of the time
(onnxruntime 1.32, one thread, with Relu and MaxPool).

1. Conv(x) of [batch, channels, steps] is Squeeze(Conv(Unsqueeze(x))).
2. f(Squeeze(x), ...), element by element, is Squeeze(f(x, ...)); constants get the axis.
3. Pools, Concat, Pad and reductions do the same.
4. The next convolution reads what a Squeeze reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite
from mimo_export.passes.layout import ELEMENTWISE, REDUCTIONS

_AXIS = 2  # of the one element, before the steps
_POOLS = ("AveragePool", "LpPool", "MaxPool")
_WINDOW = {"kernel_shape": 1, "strides": 1, "dilations": 1, "pads": 0}
"""What describes the window of a convolution or a pool, and what it is along the new axis."""


class PlanePass(ir.passes.InPlacePass):
    """Give one-dimensional convolutions, and what is around them, a second axis."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Sweep once from the inputs to the outputs: what is moved is met again further down."""
        modified = False
        for node in model.graph:
            modified |= _spread(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _spread(graph: ir.Graph, node: ir.Node) -> bool:
    if node.op_type == "Conv":
        return _spread_convolution(graph, node)
    if not any(_source(value) for value in node.inputs):
        return False
    if node.op_type in ELEMENTWISE:
        return _spread_elementwise(graph, node)
    if node.op_type in REDUCTIONS:
        return _spread_reduction(graph, node)
    spread = _OTHERS.get(node.op_type)
    return spread is not None and spread(graph, node)


def _source(value: ir.Value | None) -> ir.Value | None:
    """Return the plane [batch, channels, 1, steps] that a Squeeze makes a value of."""
    producer = None if value is None else value.producer()
    if producer is None or producer.op_type != "Squeeze":
        return None
    source = producer.inputs[0]
    dims = _rewrite.dims(source)
    return source if len(dims) == 4 and _rewrite.ints(producer, 1, "axes") == [_AXIS] else None


def _spread_convolution(graph: ir.Graph, node: ir.Node) -> bool:
    """Cases 1 and 4."""
    x, weights, *_ = node.inputs
    if x is None or weights is None or len(_rewrite.dims(x)) != 3:
        return False
    if not _rewrite.is_constant(weights) or "auto_pad" in node.attributes:
        return False
    outputs, channels, width = (int(str(dim)) for dim in _rewrite.dims(weights))

    def load() -> _rewrite.Array:
        return np.asarray(_rewrite.constant(weights))[:, :, None]

    kernel = _rewrite.new_constant(graph, weights, [outputs, channels, 1, width], load)
    node.replace_input_with(0, _source(x) or _plane(graph, node, x))
    node.replace_input_with(1, kernel)
    _widen_window(node)
    return _squeeze_behind(graph, node)


def _plane(graph: ir.Graph, node: ir.Node, x: ir.Value) -> ir.Value:
    """Return x with the new axis."""
    axes = _rewrite.int_constant(graph, [_AXIS], f"{node.name}/axes")
    new = ir.node("Unsqueeze", [x, axes], name=f"{node.name}/Unsqueeze")
    node.prepend(new)
    result = new.outputs[0]
    result.name, result.type = new.name, x.type
    result.shape = ir.Shape(_with_axis(_rewrite.dims(x)))
    return result


def _with_axis(dims: Sequence[Any], size: int = 1) -> list[Any]:
    return [*dims[:_AXIS], size, *dims[_AXIS:]]


def _widen_window(node: ir.Node) -> None:
    for name, along in _WINDOW.items():
        if name in node.attributes:
            given = list(node.attributes[name].as_ints())
            half = len(given) // 2 if name == "pads" else len(given)
            wide = [along, *given[:half], *([along, *given[half:]] if name == "pads" else [])]
            node.attributes[name] = ir.AttrInt64s(name, wide)


def _squeeze_behind(graph: ir.Graph, node: ir.Node) -> bool:
    """Take the axis away behind a node that now computes with it."""
    shape = _rewrite.dims(node.outputs[0])
    axes = _rewrite.int_constant(graph, [_AXIS], f"{node.name}/axes")
    behind = _rewrite.after(node, "Squeeze", shape, [axes])
    before = behind.inputs[0]
    if before is None:
        raise ValueError(f"{behind} lost its input")
    before.shape = ir.Shape(_with_axis(shape))
    return True


def _spread_elementwise(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 2."""
    values = [value for value in node.inputs if value is not None]
    others = [value for value in values if _source(value) is None]
    if len(_rewrite.dims(node.outputs[0])) != 3:
        return False
    if not all(_rewrite.is_constant(v) or _rewrite.is_scalar(v) for v in others):
        return False
    for position, value in enumerate(node.inputs):
        plane = _source(value)
        if plane is not None:
            node.replace_input_with(position, plane)
        elif value is not None and not _rewrite.is_scalar(value):
            node.replace_input_with(position, _spread_constant(graph, value))
    return _squeeze_behind(graph, node)


def _spread_constant(graph: ir.Graph, value: ir.Value) -> ir.Value:
    """Return a constant that is broadcast against x as the old one was against Squeeze(x)."""
    shape = [dim for dim in _rewrite.dims(value) if isinstance(dim, int)]
    if len(shape) < 2:
        return value
    wide = [*shape[:-1], 1, shape[-1]]

    def load() -> _rewrite.Array:
        return np.asarray(_rewrite.constant(value)).reshape(wide)

    return _rewrite.new_constant(graph, value, wide, load)


def _spread_pool(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 3, where windows slide."""
    if len(node.outputs) > 1 or "auto_pad" in node.attributes:
        return False
    node.replace_input_with(0, _source(node.inputs[0]))
    _widen_window(node)
    return _squeeze_behind(graph, node)


def _spread_concat(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 3, over several inputs."""
    planes = [_source(value) for value in node.inputs]
    if any(plane is None for plane in planes):
        return False
    for position, plane in enumerate(planes):
        node.replace_input_with(position, plane)
    axis = node.attributes["axis"].as_int() % 3
    node.attributes["axis"] = ir.AttrInt64("axis", _moved(axis))
    return _squeeze_behind(graph, node)


def _moved(axis: int) -> int:
    return axis + (axis >= _AXIS)


def _spread_pad(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 3, with a width for each axis."""
    pads = _rewrite.constant(node.inputs[1])
    if pads is None or len(node.inputs) > 3:
        return False
    wide = [*_with_axis(pads[:3].tolist(), 0), *_with_axis(pads[3:].tolist(), 0)]
    node.replace_input_with(0, _source(node.inputs[0]))
    node.replace_input_with(1, _rewrite.int_constant(graph, wide, f"{node.name}/pads"))
    return _squeeze_behind(graph, node)


def _spread_reduction(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 3, where axes go away."""
    axes = _rewrite.ints(node, 1, "axes")
    keepdims = node.attributes.get("keepdims")
    kept = keepdims is None or bool(keepdims.as_int())
    gone = {axis % 3 for axis in axes or ()}
    if not gone or not (kept or _AXIS in gone):
        return False
    moved = sorted({_moved(axis) for axis in gone} | (set() if kept else {_AXIS}))
    _rewrite.set_axes(graph, node, moved)
    node.replace_input_with(0, _source(node.inputs[0]))
    return _squeeze_behind(graph, node) if kept else True


_OTHERS: dict[str, Callable[[ir.Graph, ir.Node], bool]] = {
    **dict.fromkeys(_POOLS, _spread_pool),
    "Concat": _spread_concat,
    "Pad": _spread_pad,
}
