"""Store weights in 8 bits that become float32 when the file is loaded.

It is for what computes faster in float32 than in 8 bits, and for what has no 8-bit form, such as a
GRU. `w = (Cast(q) - z) * s` has constants alone, so that onnxruntime folds it: what runs is the
original graph with rounded weights, at the original's speed. A DequantizeLinear says the same in
one node, and is not folded.
"""

from __future__ import annotations

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization.quant_utils import (  # type: ignore[import-untyped]
    quantize_data,
)

from mimo_export.optimize.weights import graphs, is_matrix, read_by, readers

_PRODUCTS = frozenset(
    {"Conv", "ConvTranspose", "Einsum", "GRU", "Gather", "Gemm", "LSTM", "MatMul", "RNN"}
)
"""What reads weights whose numbers are of one size; means and scales of inputs are not."""


def widen(model: ModelProto) -> tuple[str, ...]:
    """Store what products read in float32, from 1 KiB, in 8 bits, in place.

    Returns:
        The types of operators that compute in float32 with such weights.
    """
    found = [node for node, _ in readers(model) if node.op_type in _PRODUCTS]
    read = {name for node in found for name in read_by(node)}
    kinds = {node.op_type for node in found}
    # Inner graphs first: the outer one's nodes are copied with them.
    for graph in reversed(list(graphs(model.graph))):
        nodes: list[NodeProto] = []
        for tensor in list(graph.initializer):
            if tensor.name in read and is_matrix(tensor):
                nodes += _widened(graph, tensor)
        nodes += [NodeProto.FromString(node.SerializeToString()) for node in graph.node]
        del graph.node[:]
        graph.node.extend(nodes)
    return tuple(sorted(kinds))


def _widened(graph: GraphProto, tensor: TensorProto) -> list[NodeProto]:
    """Replace a weight by its 8-bit form, and return the nodes that make it of that."""
    name = tensor.name
    zero, scale, stored = quantize_data(
        numpy_helper.to_array(tensor), TensorProto.UINT8, symmetric=False
    )
    parts = {
        f"{name}/8bit": stored,
        f"{name}/zero": np.float32(zero),
        f"{name}/scale": np.float32(scale),
    }
    graph.initializer.remove(tensor)
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(part), part_name) for part_name, part in parts.items()
    )
    steps = [f"{name}/float32", f"{name}/centred"]
    return [
        helper.make_node("Cast", [f"{name}/8bit"], steps[:1], steps[0], to=TensorProto.FLOAT),
        helper.make_node("Sub", [steps[0], f"{name}/zero"], steps[1:], steps[1]),
        helper.make_node("Mul", [steps[1], f"{name}/scale"], [name], f"{name}/widened"),
    ]
