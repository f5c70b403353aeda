"""Bodies of Scan, Loop and If: functions traced into a graph of their own.

A body sees every value of the graphs around it, so a traced function may use what it closes over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import onnx_ir as ir

from mimo_export.backend._graph import Graph, Types, current_graph
from mimo_export.backend._tensor import Dim, TracedTensor

Typed = tuple[str, str, Sequence[Dim]]
"""The name, the dtype and the dimensions of an input of a body."""


@dataclass(frozen=True)
class Body:
    """A traced function.

    Attributes:
        graph: What becomes the attribute of the node.
        outputs: What the function returned, as the graph's distinct outputs.
    """

    graph: ir.Graph
    outputs: tuple[TracedTensor, ...]


def traced_body(
    inputs: Sequence[Typed], function: Callable[..., Sequence[TracedTensor]], name: str
) -> Body:
    """Return the graph of a function of tensors.

    Args:
        inputs: One for each argument of the function.
        function: Returns the outputs, in order.
        name: The name of the graph, for those who read the file.
    """
    body = current_graph().body()
    with body.current():
        arguments = [body.input(*typed) for typed in inputs]
        outputs: list[TracedTensor] = []
        for tensor in function(*arguments):
            outputs.append(_own(body, tensor, outputs))
    graph = ir.Graph(
        body.inputs,
        [tensor.value for tensor in outputs],
        nodes=body.nodes,
        name=body.unique(name),
        opset_imports={"": body.opset},
    )
    return Body(graph, tuple(outputs))


def _own(body: Graph, tensor: TracedTensor, taken: Sequence[TracedTensor]) -> TracedTensor:
    """Return a tensor as a value that this body computes, and that is no output yet."""
    producer = tensor.value.producer()
    if any(node is producer for node in body.nodes) and all(
        other.value is not tensor.value for other in taken
    ):
        return tensor
    node = ir.node("Identity", [tensor.value], version=body.opset)
    return body.add(node, [(tensor.dtype, tensor.dims)])[0]


def add_node(
    op_type: str, inputs: Sequence[TracedTensor | None], types: Types, **attributes: Any
) -> tuple[TracedTensor, ...]:
    """Add a node that holds bodies; its types are known from them."""
    graph = current_graph()
    kept = {name: value for name, value in attributes.items() if value is not None}
    node = ir.node(
        op_type,
        [None if tensor is None else tensor.value for tensor in inputs],
        kept,
        num_outputs=len(types),
        version=graph.opset,
    )
    return graph.add(node, types)
