"""Products of half precision that onnxruntime 1.32 can load.

1. MatMul of a Transpose that moves the first of three axes and a constant matrix, in float16: the
   matrix becomes a stack of one. onnxruntime's MatmulTransposeFusion ends the process otherwise.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite


class HalfPass(ir.passes.InPlacePass):
    """Stack the matrices that meet a transposed float16 tensor."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every product once, also in the bodies."""
        modified = False
        for node in ir.traversal.RecursiveGraphIterator(model.graph):
            if node.op_type == "MatMul" and node.outputs[0].dtype == ir.DataType.FLOAT16:
                for position in (0, 1):
                    modified |= _stack(model.graph, node, position)
        return ir.passes.PassResult(model, modified)


def _stack(graph: ir.Graph, node: ir.Node, position: int) -> bool:
    matrix, other = node.inputs[position], node.inputs[1 - position]
    producer = None if other is None else other.producer()
    if (
        matrix is None
        or not _rewrite.is_constant(matrix)
        or producer is None
        or producer.op_type != "Transpose"
    ):
        return False
    order = producer.attributes["perm"].as_ints()
    shape = _rewrite.dims(matrix)
    if len(shape) != 2 or len(order) != 3 or order[0] == 0:
        return False

    def load() -> _rewrite.Array:
        return np.asarray(_rewrite.constant(matrix))[None]

    sizes = [size for size in shape if isinstance(size, int)]
    node.replace_input_with(position, _rewrite.new_constant(graph, matrix, [1, *sizes], load))
    return True
