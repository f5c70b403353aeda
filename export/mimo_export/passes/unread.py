"""Compute nothing that nobody reads.

1. An output of an If that nobody reads is left out, in both branches.
"""

from __future__ import annotations

import onnx_ir as ir


class UnreadPass(ir.passes.InPlacePass):
    """Leave out the unread outputs of every If."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every If once, also in the bodies, outer ones first."""
        modified = False
        for node in list(ir.traversal.RecursiveGraphIterator(model.graph)):
            if node.op_type == "If":
                modified |= _leave_out(node)
        return ir.passes.PassResult(model, modified)


def _leave_out(node: ir.Node) -> bool:
    read = [bool(output.uses()) or output.is_graph_output() for output in node.outputs]
    if all(read):
        return False
    for attribute in node.attributes.values():
        outputs = attribute.as_graph().outputs
        kept = [output for output, keep in zip(outputs, read, strict=True) if keep]
        outputs.clear()
        outputs.extend(kept)
    kept = [output for output, keep in zip(node.outputs, read, strict=True) if keep]
    for place, old in zip(node.outputs, kept, strict=False):
        if old is not place:
            place.name, place.type, place.shape = old.name, old.type, old.shape
            ir.convenience.replace_all_uses_with(old, place, replace_graph_outputs=True)
    node.resize_outputs(len(kept))
    return True
