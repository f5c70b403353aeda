"""Turn nothing around twice.

1. A Slice that takes axes from the last element to the first, of a Slice that does so with the same
   axes, is what that one reads. Keras turns what a backward layer gave out, in the order of its
   steps, back into the order of time.
"""

from __future__ import annotations

import onnx_ir as ir

from mimo_export.passes import _rewrite

_END = -(2**63)  # ONNX's "to before the first element"


class FlipPass(ir.passes.InPlacePass):
    """Leave out pairs of flips."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every Slice once, also in the bodies."""
        modified = False
        for node in list(ir.traversal.RecursiveGraphIterator(model.graph)):
            modified |= _leave_out(node)
        return ir.passes.PassResult(model, modified)


def _leave_out(node: ir.Node) -> bool:
    axes = _flipped(node)
    inner = node.inputs[0].producer() if axes and node.inputs[0] is not None else None
    if inner is None or node.outputs[0].is_graph_output() or _flipped(inner) != axes:
        return False
    source, graph = inner.inputs[0], node.graph
    if source is None or graph is None:
        return False
    ir.convenience.replace_all_uses_with(node.outputs[0], source)
    graph.remove(node, safe=True)
    return True


def _flipped(node: ir.Node) -> list[int] | None:
    """Return the axes that a node turns around; None if it does something else."""
    if node.op_type != "Slice":
        return None
    starts, ends, axes, steps = (_rewrite.ints(node, place, "") for place in (1, 2, 3, 4))
    if axes is None or starts != [-1] * len(axes) or ends != [_END] * len(axes) or steps != starts:
        return None
    return sorted(axes)
