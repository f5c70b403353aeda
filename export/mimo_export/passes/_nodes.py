"""Nodes for a place in a graph, with the types that inference would have to find again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite

Type = tuple[ir.DataType, Sequence[Any]]
"""A dtype, and dimensions."""


class Nodes:
    """Nodes that are not in a graph yet.

    Attributes:
        graph: Where the constants go.
        origin: After whom all are called.
        made: The nodes, in order.
    """

    def __init__(self, graph: ir.Graph, origin: ir.Node) -> None:
        self.graph = graph
        self.origin = origin
        self.made: list[ir.Node] = []

    def add(self, op_type: str, inputs: Sequence[Any], result: Type, **attributes: Any) -> ir.Value:
        """Add an operator and return its output."""
        return self.add_all(op_type, inputs, [result], **attributes)[0]

    def add_all(
        self, op_type: str, inputs: Sequence[Any], results: Sequence[Type], **attributes: Any
    ) -> Sequence[ir.Value]:
        """Add an operator and return its outputs."""
        outputs = [value(None, result) for result in results]
        name = self.origin.name
        self.made.append(ir.node(op_type, inputs, attributes, outputs=outputs, name=name))
        return outputs

    def branch(self, *outputs: ir.Value, name: str) -> ir.Graph:
        """Return the nodes as a branch of an If."""
        imports = self.graph.opset_imports
        return ir.Graph([], outputs, nodes=self.made, name=name, opset_imports=imports)

    def ints(self, number: int) -> ir.Value:
        """Return a vector of one number."""
        return self.constant(np.array([number], "int64"))

    def constant(self, array: _rewrite.Array) -> ir.Value:
        """Return a constant."""
        return _rewrite.array_constant(self.graph, array, "constant")


def value(name: str | None, result: Type) -> ir.Value:
    """Return a value of a dtype and dimensions, which nothing makes yet."""
    dtype, dims = result
    return ir.Value(name=name, shape=ir.Shape(dims), type=ir.TensorType(dtype))


def typed(value: ir.Value | None) -> Type:
    """Return the dtype and the dimensions of a value."""
    if value is None or value.dtype is None:
        raise ValueError(f"{value} came without a dtype out of the trace")
    return value.dtype, _rewrite.dims(value)
