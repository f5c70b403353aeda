"""Find the weights of a model, wherever they are read: in its graph or in a graph inside of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

SMALLEST = 1024
"""Bytes below which a weight is left alone: the nodes that a change takes are as large."""


_RECURRENT_BIAS = 3  # which input of LSTM, GRU and RNN it is


def graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """Yield a graph, and the graphs that its nodes hold, to any depth."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from graphs(attribute.g)


def is_matrix(tensor: TensorProto) -> bool:
    """Tell whether a tensor is a float32 weight of two or more dimensions, and worth the trouble.

    Biases and scales, which have one, are a hundredth of a model.
    """
    wide = len(tensor.dims) > 1
    return tensor.data_type == TensorProto.FLOAT and wide and size_of(tensor) >= SMALLEST


def size_of(tensor: TensorProto) -> int:
    """Return the bytes of a float32 tensor's values."""
    return 4 * math.prod(int(size) for size in tensor.dims)


def readers(model: ModelProto) -> Iterator[tuple[NodeProto, int]]:
    """Yield each node that reads float32 weights, with how many bytes of them."""
    sizes = {t.name: size_of(t) for g in graphs(model.graph) for t in g.initializer if is_matrix(t)}
    for graph in graphs(model.graph):
        for node in graph.node:
            read = sum(sizes[name] for name in read_by(node) if name in sizes)
            if read:
                yield node, read


def read_by(node: NodeProto) -> list[str]:
    """Return what a node reads, but the bias of a recurrent one, whose first axis is directions."""
    recurrent = any(attribute.name == "hidden_size" for attribute in node.attribute)
    return [name for i, name in enumerate(node.input) if not (recurrent and i == _RECURRENT_BIAS)]


def kept(model: ModelProto) -> tuple[str, ...]:
    """Return how many operators of each type still read float32 weights, and how much of them."""
    count, total = Counter[str](), Counter[str]()
    for node, size in readers(model):
        count[node.op_type] += 1
        total[node.op_type] += size
    return tuple(f"{n} {kind} ({total[kind] / 1e3:,.0f} KB)" for kind, n in sorted(count.items()))


def remove_unread(model: ModelProto) -> None:
    """Remove nodes whose outputs nobody reads, in inner graphs too, and weights like that."""
    every = list(graphs(model.graph))
    outputs = {value.name for graph in every for value in graph.output}
    while True:
        read = outputs | {name for graph in every for node in graph.node for name in node.input}
        unread = [(g, node) for g in every for node in g.node if not read.intersection(node.output)]
        if not unread:
            break
        for graph, node in unread:
            graph.node.remove(node)
    for tensor in [tensor for tensor in model.graph.initializer if tensor.name not in read]:
        model.graph.initializer.remove(tensor)


def move_inside(model: ModelProto) -> None:
    """Move each weight that one inner graph alone reads into that graph.

    onnxruntime's tools look for a node's weights in the node's own graph and nowhere else. Our LSTM
    stands in an `If` (an empty batch), and reads weights of the graph around it.
    """
    outer = model.graph
    owners: dict[str, list[GraphProto]] = {}
    for graph in graphs(outer):
        for name in {name for node in graph.node for name in node.input}:
            owners.setdefault(name, []).append(graph)
    for tensor in list(outer.initializer):
        found = owners.get(tensor.name, [])
        if len(found) == 1 and found[0] is not outer:
            found[0].initializer.append(tensor)
            outer.initializer.remove(tensor)


def set_apart(model: ModelProto) -> None:
    """Let inner graphs read an Identity of each value that the graph around them computes.

    Where such a value comes in 8 bits, onnxruntime's tool does not find it again inside. When it
    loads the file, onnxruntime takes the Identity out.
    """
    outer, *inner = graphs(model.graph)
    computed = {name for node in outer.node for name in node.output if name}
    read = {name for graph in inner for node in graph.node for name in node.input} & computed
    for graph in inner:
        for node in graph.node:
            node.input[:] = [f"{name}/inside" if name in read else name for name in node.input]
    nodes = []
    for node in outer.node:
        # A copy: what is taken out of a repeated field is gone with it.
        nodes.append(NodeProto.FromString(node.SerializeToString()))
        nodes += [
            onnx.helper.make_node("Identity", [name], [f"{name}/inside"], f"{name}/inside")
            for name in node.output
            if name in read
        ]
    del outer.node[:]
    outer.node.extend(nodes)
