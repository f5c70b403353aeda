"""What can be read off an artifact without running it: its size, its nodes, its arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import onnx


@dataclass(frozen=True)
class Work:
    """The arithmetic of one sample.

    Attributes:
        flops: Two for each multiply-add of the operators below; all else is small beside them.
        weight_bytes: Of all weights, which a run reads at least once.
    """

    flops: int
    weight_bytes: int


def size_of(path: Path) -> int:
    """Return the bytes of a file with its external data, or of a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    beside = (path.with_name(path.name + ".data"),)
    return sum(file.stat().st_size for file in (path, *beside) if file.exists())


def nodes_of(path: Path) -> int:
    """Return how many nodes an ONNX file has, those inside of loops and functions included."""
    model = onnx.load(path, load_external_data=False)
    inner = sum(len(function.node) for function in model.functions)
    return inner + sum(1 for _ in _nodes(model.graph))


def _nodes(graph: Any) -> Iterator[Any]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _nodes(attribute.g)


def work_of(path: Path) -> Work:
    """Count the multiply-adds of Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU, RNN and Attention.

    Free dimensions are taken as 1: the batch is, and a free length would have to be told. Nodes
    inside of loops are not counted.
    """
    model = onnx.load(path)
    for value in model.graph.input:
        for dim in value.type.tensor_type.shape.dim:
            if dim.WhichOneof("value") != "dim_value":
                dim.dim_value = 1
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    flops = 2 * _multiply_adds(graph, {})
    return Work(flops, sum(len(tensor.raw_data) for tensor in graph.initializer))


Shapes = Mapping[str, Sequence[int]]


def _matmul(node: Any, shapes: Shapes) -> int:
    return prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]


def _gemm(node: Any, shapes: Shapes) -> int:
    # Of A (M, K), whichever way round it lies, and the output (M, N).
    rows, columns = shapes[node.output[0]]
    return prod(shapes[node.input[0]]) // rows * rows * columns


def _conv(node: Any, shapes: Shapes) -> int:
    return prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])


def _conv_transpose(node: Any, shapes: Shapes) -> int:
    return prod(shapes[node.input[0]]) * prod(shapes[node.input[1]][1:])


def _recurrent(node: Any, shapes: Shapes) -> int:
    steps, batch = shapes[node.input[0]][:2]
    return steps * batch * (prod(shapes[node.input[1]]) + prod(shapes[node.input[2]]))


def _attention(node: Any, shapes: Shapes) -> int:
    query, key, value = (shapes[name] for name in node.input[:3])
    batch, heads, length, width = query
    return batch * heads * length * key[2] * (width + value[3])


def _multiply_adds(graph: Any, outer: Shapes) -> int:
    """Count a graph's; of a branch, the one that works more: the other is for an empty batch."""
    shapes = dict(outer) | {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.value_info, *graph.input, *graph.output):
        dims = value.type.tensor_type.shape.dim
        shapes.setdefault(value.name, [dim.dim_value or 1 for dim in dims])
    total = 0
    for node in graph.node:
        if node.op_type in _COUNTS:
            total += _COUNTS[node.op_type](node, shapes)
        elif node.op_type == "If":
            total += max(_multiply_adds(a.g, shapes) for a in node.attribute)
    return total


_COUNTS = {
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
    "Attention": _attention,
}
