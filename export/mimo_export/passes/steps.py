"""Add up many numbers in steps, which rounds less, and over images takes a fraction of the time.

onnxruntime 1.32 adds the rows along an axis that is not the last one, one after the other: the
rounding of a sum grows with their number, and where a mean is taken away from what it is the mean
of, as normalisations do, with the square of the level of the data. Over 112 x 112 pixels of 64
channels a mean of the pixels of each row, and then of the rows, is ten times as exact and takes a
twentieth of the time.

1. A ReduceSum, ReduceMean, ReduceL1 or ReduceL2 of float32 over several axes is one over each, the
   last one first.
2. A long axis is reshaped to rows of about the square root of its size.

Fewer numbers are left to one operator: 256 of them, 1,024 where their axes are the last ones, which
onnxruntime adds in strides; 64 where the mean is taken away from the data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import onnx_ir as ir

from mimo_export.backend._rows import rows_of
from mimo_export.passes import _rewrite

_IN_STEPS = frozenset({"ReduceSum", "ReduceMean", "ReduceL1", "ReduceL2"})
_MANY, _MANY_LAST, _MANY_CENTRED = 256, 1024, 64


class StepsPass(ir.passes.InPlacePass):
    """Make reductions of many numbers chains of reductions."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every reduction of the main graph once."""
        modified = False
        for node in list(model.graph):
            if node.op_type in _IN_STEPS and node.outputs[0].dtype == ir.DataType.FLOAT:
                modified |= _rewritten(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _rewritten(graph: ir.Graph, node: ir.Node) -> bool:
    axes = _rewrite.ints(node, 1, "axes")
    x = node.inputs[0]
    if axes is None or x is None or _is_asked_for_nan(node):
        return False
    sizes = _rewrite.dims(x)
    axes = sorted(axis % len(sizes) for axis in axes)
    rows = {axis: _rows(sizes, axis) for axis in axes}
    if len(axes) == 1 and rows[axes[0]] is None:
        return False
    if len(axes) > 1 and _count(sizes, axes) < _enough(node, axes, len(sizes)):
        return False
    _chain(graph, node, axes, rows)
    return True


def _is_asked_for_nan(node: ir.Node) -> bool:
    result = node.outputs[0]
    readers = [use.node.op_type for use in result.uses()]
    return bool(readers) and set(readers) == {"IsNaN"} and not result.is_graph_output()


def _count(sizes: Sequence[int | str | None], axes: Sequence[int]) -> float:
    """Return how many numbers become one; any number where a size is not known."""
    found = [sizes[axis] for axis in axes]
    return math.prod(size if isinstance(size, int) else math.inf for size in found)


def _enough(node: ir.Node, axes: Sequence[int], rank: int) -> int:
    """Return from how many numbers on one operator is too inexact."""
    users = [use.node for use in node.outputs[0].uses()]
    if any(user.op_type == "Sub" and node.inputs[0] in user.inputs for user in users):
        return _MANY_CENTRED
    return _MANY_LAST if list(axes) == list(range(rank - len(axes), rank)) else _MANY


def _rows(sizes: Sequence[int | str | None], axis: int) -> tuple[int, int] | None:
    """Return how many rows of how many numbers a long axis is; None if it is left whole.

    A Reshape copies the sizes before by their places: those behind must be known.
    """
    return rows_of(sizes[axis]) if all(isinstance(n, int) for n in sizes[axis + 1 :]) else None


def _chain(
    graph: ir.Graph, node: ir.Node, axes: Sequence[int], rows: dict[int, tuple[int, int] | None]
) -> None:
    """Put one reduction for each axis in the place of a node, from the last axis to the first."""
    value = node.inputs[0]
    if value is None:
        raise ValueError(f"{node} came without an input out of the trace")
    keep = node.attributes.get("keepdims")
    keepdims = 1 if keep is None else keep.as_int()
    for axis in reversed(axes):
        split = rows[axis]
        if split is not None:
            value = _reshaped(graph, node, value, axis, split)
            value = _reduced(graph, node, value, axis + 1, 0)
        if axis != axes[0]:
            value = _reduced(graph, node, value, axis, keepdims)
    last = _reduction(graph, node, value, axes[0], keepdims)
    _rewrite.replace(node, last)


def _reshaped(
    graph: ir.Graph, node: ir.Node, value: ir.Value, axis: int, split: tuple[int, int]
) -> ir.Value:
    sizes = _rewrite.dims(value)
    shape = [*sizes[:axis], *split, *sizes[axis + 1 :]]
    wanted = [0] * axis + [int(n) for n in shape[axis:] if isinstance(n, int)]
    name = f"{node.name}/rows"
    new = ir.node("Reshape", [value, _rewrite.int_constant(graph, wanted, name)], name=name)
    return _placed(node, new, value, shape)


def _reduced(graph: ir.Graph, node: ir.Node, value: ir.Value, axis: int, keepdims: int) -> ir.Value:
    sizes = list(_rewrite.dims(value))
    sizes[axis : axis + 1] = [1] if keepdims else []
    return _placed(node, _reduction(graph, node, value, axis, keepdims), value, sizes)


def _reduction(
    graph: ir.Graph, node: ir.Node, value: ir.Value, axis: int, keepdims: int
) -> ir.Node:
    name = f"{node.name}/axis_{axis}"
    if "axes" in node.attributes:
        return ir.node(node.op_type, [value], {"axes": [axis], "keepdims": keepdims}, name=name)
    axes = _rewrite.int_constant(graph, [axis], name)
    return ir.node(node.op_type, [value, axes], {"keepdims": keepdims}, name=name)


def _placed(
    node: ir.Node, new: ir.Node, old: ir.Value, shape: Sequence[int | str | None]
) -> ir.Value:
    """Return the output of a new node, which stands before another."""
    result = new.outputs[0]
    result.name, result.shape, result.type = f"{new.name}:0", ir.Shape(shape), old.type
    node.prepend(new)
    return result
