"""Rewrite products so that onnxruntime's tools find their weights, and fit a range to each part.

1. Gemm(w, x, c) with transB, which is how the exporter writes a long row by one column, becomes
   Transpose(MatMul(x, w')) + c: the tools look for weights behind the first input only.
2. Gemm(Concat(a, b), w, c) becomes Gemm(a, v, c) + Gemm(b, u): numbers of different sizes,
   such as a pressure of 120 beside features around 1, must not share 255 steps (`medical` lost 15
   points of accuracy). No MatMul: onnxruntime joins one with the Add, and then in float32.
"""

from __future__ import annotations

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from mimo_export.onnx_runtime import Array
from mimo_export.optimize.weights import graphs, remove_unread


def rewrite(model: ModelProto) -> None:
    """Rewrite such products in place, in inner graphs too; values stay the same to rounding."""
    weights = {t.name: t for graph in graphs(model.graph) for t in graph.initializer}
    for graph in graphs(model.graph):
        parts = _parts(graph)
        nodes = []
        for node in graph.node:
            settings = {item.name: helper.get_attribute_value(item) for item in node.attribute}
            if node.op_type == "Gemm" and node.input[0] in weights and settings == {"transB": 1}:
                nodes += _turned(node, weights[node.input[0]], graph)
            elif node.op_type == "Gemm" and _is_joined(node, parts, weights):
                nodes += _parted(node, parts[node.input[0]], weights[node.input[1]], graph)
            else:
                nodes.append(_copy(node))
        del graph.node[:]
        graph.node.extend(nodes)
    remove_unread(model)


def _copy(node: NodeProto) -> NodeProto:
    """Return a node that outlives the list it is taken out of."""
    copied = NodeProto()
    copied.CopyFrom(node)
    return copied


def _turned(node: NodeProto, weight: TensorProto, graph: GraphProto) -> list[NodeProto]:
    """Case 1."""
    name = node.name
    columns = _add(graph, f"{name}/columns", numpy_helper.to_array(weight).T)
    ends = [f"{name}/MatMul", f"{name}/Transpose"]
    nodes = [
        helper.make_node("MatMul", [node.input[1], columns], ends[:1], ends[0]),
        helper.make_node("Transpose", ends[:1], ends[1:], ends[1], perm=[1, 0]),
    ]
    return _summed(node, nodes, [*ends[1:], *node.input[2:]])


def _parts(graph: GraphProto) -> dict[str, dict[str, int]]:
    """Return what each Concat of columns joins, with known numbers of columns."""
    widths = {}
    for value in (*graph.value_info, *graph.input):
        sizes = value.type.tensor_type.shape.dim
        if len(sizes) == 2 and sizes[1].HasField("dim_value"):
            widths[value.name] = sizes[1].dim_value
    return {
        node.output[0]: {name: widths[name] for name in node.input}
        for node in graph.node
        if node.op_type == "Concat"
        and node.attribute[0].i in (1, -1)
        and all(name in widths for name in node.input)
        and len(set(node.input)) == len(node.input)
    }


def _is_joined(
    node: NodeProto, parts: dict[str, dict[str, int]], weights: dict[str, TensorProto]
) -> bool:
    plain = node.op_type == "Gemm" and not node.attribute
    return plain and node.input[0] in parts and node.input[1] in weights


def _parted(
    node: NodeProto, parts: dict[str, int], weight: TensorProto, graph: GraphProto
) -> list[NodeProto]:
    """Case 2."""
    rows, first, nodes = numpy_helper.to_array(weight), 0, []
    for number, (part, width) in enumerate(parts.items()):
        name = f"{node.name}/Gemm_{number}"
        known = _add(graph, f"{node.name}/rows_{number}", rows[first : first + width])
        bias = [] if number else node.input[2:]
        nodes.append(helper.make_node("Gemm", [part, known, *bias], [name], name))
        first += width
    return _summed(node, nodes, [product.output[0] for product in nodes])


def _summed(node: NodeProto, nodes: list[NodeProto], terms: list[str]) -> list[NodeProto]:
    """Add up the terms, under the name of the Gemm's output."""
    last, *more = terms
    for number, term in enumerate(more):
        name = f"{node.name}/Add_{number}"
        nodes.append(helper.make_node("Add", [last, term], [name], name))
        last = name
    nodes[-1].output[0] = node.output[0]
    return nodes


def _add(graph: GraphProto, name: str, array: Array) -> str:
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
    return name
