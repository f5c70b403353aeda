"""Give nodes, values and constants the names that a reader expects.

1. A node is named after its layer and its operator, `encoder/lstm/LSTM`, numbered where a layer has
   several; its first output is named like it.
2. A constant without a weight's name is `constant`, numbered in the order of use.

Inputs and outputs keep the contract's names, and nothing else is called like one of them.
"""

from __future__ import annotations

import re

import onnx_ir as ir


class NamesPass(ir.passes.InPlacePass):
    """Name everything anew, in the order of the graph."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Name the main graph and the bodies in it, which share one set of names."""
        before = _all_names(model.graph)
        taken = {str(value.name): 0 for value in (*model.graph.inputs, *model.graph.outputs)}
        constants: dict[int, ir.Value] = {}
        for node in ir.traversal.RecursiveGraphIterator(model.graph):
            path, slash, _ = str(node.name).rpartition("/")
            node.name = _unique(f"{path}{slash}{node.op_type}", taken)
            for i, value in enumerate(node.outputs):
                if value.name and not value.is_graph_output():
                    value.name = f"{node.name}:{i}" if i else node.name
            for value in node.inputs:
                if value is not None and value.is_initializer():
                    constants.setdefault(id(value), value)
        _rename_constants(model.graph, list(constants.values()), taken)
        return ir.passes.PassResult(model, before != _all_names(model.graph))


def _unique(name: str, taken: dict[str, int]) -> str:
    taken[name] = taken.get(name, -1) + 1
    return f"{name}_{taken[name]}" if taken[name] else name


def _rename_constants(graph: ir.Graph, used: list[ir.Value], taken: dict[str, int]) -> None:
    bases = [re.sub(r"^constant(_\d+)?$", "constant", str(value.name)) for value in used]
    graph.initializers.clear()
    for value, base in zip(used, bases, strict=True):
        value.name = _unique(base, taken)
        graph.initializers[value.name] = value


def _all_names(graph: ir.Graph) -> list[str | None]:
    nodes = list(ir.traversal.RecursiveGraphIterator(graph))
    return [node.name for node in nodes] + [v.name for node in nodes for v in node.outputs]
