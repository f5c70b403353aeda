"""Turn in a branch of an If what it alone reads.

1. A Transpose, or a Gather from a constant, that is read in one branch alone is computed there, and
   not at all with the other; so is a Transpose of what it reads.
"""

from __future__ import annotations

import onnx_ir as ir

from mimo_export.passes import _rewrite


class BranchPass(ir.passes.InPlacePass):
    """Move Transposes and Gathers into the branch that reads them."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every Transpose and Gather of the main graph once, the last first."""
        modified = False
        for node in reversed(list(model.graph)):
            if node.op_type == "Transpose" or _takes(node):
                modified |= _move(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _takes(node: ir.Node) -> bool:
    """Whether a node takes parts of a constant."""
    return node.op_type == "Gather" and _rewrite.is_constant(node.inputs[0])


def _move(graph: ir.Graph, node: ir.Node) -> bool:
    value = node.outputs[0]
    homes = {id(use.node.graph): use.node for use in value.uses()}
    reader = next(iter(homes.values()), None)
    branch = None if reader is None else reader.graph
    if len(homes) != 1 or value.is_graph_output() or branch is None or branch is graph:
        return False
    owners = [other for other in graph if other.op_type == "If" and _has(other, branch)]
    if not owners:
        return False
    graph.remove(node)
    branch.insert_before(branch[0], node)
    return True


def _has(node: ir.Node, branch: ir.Graph | ir.Function) -> bool:
    return any(attribute.as_graph() is branch for attribute in node.attributes.values())
