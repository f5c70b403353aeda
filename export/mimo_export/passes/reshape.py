"""Merge what only gives the same elements another shape.

A Squeeze, an Unsqueeze, and a Transpose that moves axes of one element alone, are such a Reshape.

1. Reshape(Reshape(x)) is one Reshape; where x has the shape already, it is x.
2. Reshape(Reduce(x)) that puts the axes back as ones is Reduce(x) that keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import onnx_ir as ir

from mimo_export.passes import _rewrite
from mimo_export.passes.layout import REDUCTIONS


class ReshapePass(ir.passes.InPlacePass):
    """Merge Reshapes."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Sweep once from the inputs to the outputs."""
        modified = False
        for node in model.graph:
            if _keeps_elements(node):
                modified |= _into_reduction(node) or _merge(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _keeps_elements(node: ir.Node | None) -> bool:
    if node is None:
        return False
    if node.op_type == "Transpose":
        dims = _rewrite.dims(node.inputs[0])
        perm = list(node.attributes["perm"].as_ints())
        long = [axis for axis in perm if dims[axis] != 1]
        return long == sorted(long)
    return node.op_type in ("Reshape", "Squeeze", "Unsqueeze")


def _merge(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 1."""
    inner = None if node.inputs[0] is None else node.inputs[0].producer()
    source = inner.inputs[0] if inner is not None and _keeps_elements(inner) else None
    if inner is None or source is None:
        return False
    wanted = _rewrite.dims(node.outputs[0])
    if wanted == _rewrite.dims(source) and not node.outputs[0].is_graph_output():
        ir.convenience.replace_all_uses_with(node.outputs[0], source)
        graph.remove(node, safe=True)
        return True
    shape = _shape_constant(_rewrite.dims(source), wanted)
    if shape is None:
        return False
    layer = str(node.name).partition("/")[0]
    sizes = _rewrite.int_constant(graph, shape, f"{layer}/shape")
    _rewrite.replace(node, ir.node("Reshape", [source, sizes]))
    return True


def _shape_constant(given: Sequence[Any], wanted: Sequence[Any]) -> list[int] | None:
    """Return the shape in numbers, None where it has a free size that is not x's at that axis.

    A 0 takes the size of x at the same axis, of an empty batch too.
    """
    shape = []
    for axis, size in enumerate(wanted):
        if isinstance(size, int):
            shape.append(size)
        elif size is not None and axis < len(given) and given[axis] == size:
            shape.append(0)
        else:
            return None
    return None if 0 in [size for size in wanted if isinstance(size, int)] else shape


def _into_reduction(node: ir.Node) -> bool:
    """Case 2."""
    value = node.inputs[0]
    reduction = _rewrite.only_maker(value)
    if value is None or reduction is None or reduction.op_type not in REDUCTIONS:
        return False
    axes = _rewrite.ints(reduction, 1, "axes")
    keepdims = reduction.attributes.get("keepdims")
    if not axes or keepdims is None or keepdims.as_int():
        return False
    dims = list(_rewrite.dims(reduction.inputs[0]))
    kept = [1 if axis in {a % len(dims) for a in axes} else dim for axis, dim in enumerate(dims)]
    if list(_rewrite.dims(node.outputs[0])) != kept:
        return False
    reduction.attributes["keepdims"] = ir.AttrInt64("keepdims", 1)
    value.shape = ir.Shape(kept)
    if node.outputs[0].is_graph_output():
        _rewrite.replace(node, ir.node("Identity", [value]))
    else:
        ir.convenience.replace_all_uses_with(node.outputs[0], value)
        if node.graph is not None:
            node.graph.remove(node, safe=True)
    return True
