"""Let no branch read an output of the graph by its name.

OpenVINO (2026.4, from a file) makes a result of the branch of such a value as well, and refuses the
file: "'then' and 'else' branches have to have the same number of outputs".

1. What a branch of an If reads, and what is an output of the graph, it reads through an Identity.
"""

from __future__ import annotations

import onnx_ir as ir


class CapturedPass(ir.passes.InPlacePass):
    """Put an Identity between outputs of the graph and the branches that read them."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every If of the main graph once."""
        modified = False
        for node in list(model.graph):
            if node.op_type == "If":
                modified |= _part(node)
        return ir.passes.PassResult(model, modified)


def _part(node: ir.Node) -> bool:
    """Let the branches of an If read copies of the graph's outputs."""
    copies: dict[ir.Value, ir.Value] = {}
    for attribute in node.attributes.values():
        for inner in ir.traversal.RecursiveGraphIterator(attribute.as_graph()):
            for place, value in enumerate(inner.inputs):
                if value is None or value.graph is not node.graph or not value.is_graph_output():
                    continue
                if value not in copies:
                    copies[value] = _copied(value, node)
                inner.replace_input_with(place, copies[value])
    return bool(copies)


def _copied(value: ir.Value, node: ir.Node) -> ir.Value:
    """Return a copy that is made before a node."""
    identity = ir.node("Identity", [value], name=node.name)
    copy = identity.outputs[0]
    copy.name, copy.type, copy.shape = f"{value.name}:copy", value.type, value.shape
    node.prepend(identity)
    return copy
