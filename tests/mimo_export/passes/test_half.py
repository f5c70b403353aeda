"""What onnxruntime cannot load in half precision is written otherwise."""

import onnx_ir as ir
import pytest
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.half import HalfPass


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1)])
def test_a_dense_layer_on_half_precision_whose_batch_was_moved_loads(order):
    def network(x):
        moved = ops.transpose(x, order)
        dense = layers.Dense(3, use_bias=False, dtype="float16", name="dense")
        return ops.transpose(dense(moved), [order.index(axis) for axis in range(3)])

    written = ["Transpose", "MatMul", "Transpose"]
    model = check_layer(network, (4, 5), dtype="float16", ops=written)
    (kernel,) = model.graph.initializers.values()
    assert kernel.shape == ir.Shape((1, (5, 4)[order[0] - 1], 3))
    assert not HalfPass()(model).modified
