"""One operator for a product and its bias.

1. MatMul(x, w) + b, with x a matrix, w a constant matrix and b a constant vector, is Gemm(x, w, b).
"""

from __future__ import annotations

import onnx_ir as ir

from mimo_export.passes import _rewrite

_FLOATS = (ir.DataType.FLOAT, ir.DataType.DOUBLE, ir.DataType.FLOAT16)


class DensePass(ir.passes.InPlacePass):
    """Join MatMul and Add."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every Add once."""
        modified = False
        for node in model.graph:
            if node.op_type == "Add":
                modified |= _join(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _join(graph: ir.Graph, node: ir.Node) -> bool:
    value, bias = node.inputs
    product = None if value is None else value.producer()
    if (
        value is None
        or bias is None
        or product is None
        or product.op_type != "MatMul"
        or len(value.uses()) > 1
        or value.is_graph_output()
        or value.dtype not in _FLOATS
    ):
        return False
    x, weights = product.inputs
    if not (_rewrite.is_constant(weights) and _rewrite.is_constant(bias)):
        return False
    width = _rewrite.dims(weights)[-1]
    if len(_rewrite.dims(x)) != 2 or _rewrite.dims(bias) != (width,):
        return False
    _rewrite.replace(node, ir.node("Gemm", [x, weights, bias]))
    graph.remove(product, safe=True)
    return True
