"""Give nodes, values and constants the names that a reader expects.

1. A node is named after its layer and its operator, `encoder/lstm/LSTM`, numbered where a layer has
   several; its first output is named like it.
2. A constant without a weight's name is `constant`, numbered in the order of use.

Inputs and outputs keep the contract's names, and nothing else is called like one of them.
"""

from __future__ import annotations

import re

import onnx_ir as ir

from mimo_export.backend._names import unique_name


class NamesPass(ir.passes.InPlacePass):
    """Name everything anew, in the order of the graph."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Name the main graph and the bodies in it, which share one set of names."""
        before = _all_names(model.graph)
        contract = [*model.graph.inputs, *model.graph.outputs]
        taken = {str(value.name): 0 for value in contract}
        kept = {id(value) for value in contract}
        constants: dict[int, ir.Value] = {}
        for node in ir.traversal.RecursiveGraphIterator(model.graph):
            _rename_node(node, taken, kept)
            for value in node.inputs:
                if value is not None and value.is_initializer():
                    constants.setdefault(id(value), value)
        _rename_constants(model.graph, list(constants.values()), taken)
        return ir.passes.PassResult(model, before != _all_names(model.graph))


def _rename_node(node: ir.Node, taken: dict[str, int], kept: set[int]) -> None:
    """Name a node, its outputs, and what the bodies in it take."""
    path, slash, _ = str(node.name).rpartition("/")
    name = node.name = unique_name(f"{path}{slash}{node.op_type}", taken)
    for i, output in enumerate(node.outputs):
        if output.name and id(output) not in kept:
            output.name = f"{name}:{i}" if i else name
    for attribute in node.attributes.values():
        if attribute.type == ir.AttributeType.GRAPH:
            for value in attribute.as_graph().inputs:
                value.name = unique_name(f"{name}/{str(value.name).rpartition('/')[2]}", taken)


def _rename_constants(graph: ir.Graph, used: list[ir.Value], taken: dict[str, int]) -> None:
    bases = [re.sub(r"^constant(_\d+)?$", "constant", str(value.name)) for value in used]
    graph.initializers.clear()
    for value, base in zip(used, bases, strict=True):
        value.name = unique_name(base, taken)
        graph.initializers[value.name] = value


def _all_names(graph: ir.Graph) -> list[str | None]:
    nodes = list(ir.traversal.RecursiveGraphIterator(graph))
    return [node.name for node in nodes] + [v.name for node in nodes for v in node.outputs]
