"""A picture by one column, without taking it out of the layout that convolutions compute in.

1. Gemm(w, Reshape(x), c) with transB, where w is one long row and x [batch, channels, height,
   width] comes out of a convolution or its pool, is ReduceSum(Conv(x, w', c')): a convolution of
   each channel with a kernel as large as the picture. What turns the row or adds to it gets the sum
   in the shape that it wants.

onnxruntime 1.32 keeps x in the blocks of channels that its convolutions make; for a Reshape it
first puts all of it back in order. `sentiment`, whose picture has 32 channels of 63 by 63, takes
0.96, 0.91 and 0.92 of the time in batches of 1, 32 and 256 on one thread, 0.95, 0.90 and 0.92 on
two. With other numbers of channels than multiples of 16 such a convolution has no fast kernel.
"""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite

_BLOCK = 16  # channels; 8 without AVX-512
_IN_BLOCKS = ("AveragePool", "Conv", "MaxPool")


class PicturePass(ir.passes.InPlacePass):
    """Make products of pictures with one column convolutions."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every Gemm of the main graph once."""
        modified = False
        for node in model.graph:
            if node.op_type == "Gemm" and set(node.attributes) == {"transB"}:
                modified |= _convolve(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _convolve(graph: ir.Graph, node: ir.Node) -> bool:
    row, flat, bias = (*node.inputs, None)[:3]
    reshape, reader = _rewrite.only_maker(flat), _only_reader(node)
    if row is None or bias is None or reshape is None or reshape.op_type != "Reshape":
        return False
    picture = reshape.inputs[0]
    if picture is None or not _is_in_blocks(picture) or reader is None:
        return False
    sizes = _rewrite.dims(picture)[1:]
    if _rewrite.dims(row) != (1, math.prod(int(str(size)) for size in sizes)):
        return False
    if not (_rewrite.is_constant(row) and _rewrite.is_constant(bias) and _rewrite.is_scalar(bias)):
        return False
    channels, height, width = (int(str(size)) for size in sizes)

    def load_kernel() -> _rewrite.Array:
        return np.asarray(_rewrite.constant(row)).reshape(channels, 1, height, width)

    def load_bias() -> _rewrite.Array:
        first = np.asarray(_rewrite.constant(bias)).reshape(1)
        return np.concatenate([first, np.zeros(channels - 1, first.dtype)])

    kernel = _rewrite.new_constant(graph, row, [channels, 1, height, width], load_kernel)
    once = _rewrite.new_constant(graph, bias, [channels], load_bias)
    plane: dict[str, int | list[int]] = {"group": channels, "kernel_shape": [height, width]}
    convolution = ir.node("Conv", [picture, kernel, once], plane, name=node.name)
    summed = convolution.outputs[0]
    summed.name, summed.type = f"{node.name}:channels", node.outputs[0].type
    summed.shape = ir.Shape([_rewrite.dims(picture)[0], channels, 1, 1])
    node.prepend(convolution)
    # A Transpose wants [batch, 1]; what adds to it, [1, batch] or what broadcasts to that.
    turns = reader.op_type == "Transpose"
    axes = _rewrite.int_constant(graph, [1, 2] if turns else [1, 2, 3], f"{node.name}/axes")
    total = ir.node("ReduceSum", [summed, axes], {"keepdims": 0})
    if turns:
        _rewrite.replace(reader, total)
        graph.remove(node, safe=True)
    else:
        _rewrite.replace(node, total)
        total.outputs[0].shape = ir.Shape([_rewrite.dims(picture)[0]])
    return True


def _only_reader(node: ir.Node) -> ir.Node | None:
    """Return the Transpose that turns a row, or the Gemm that adds to it, if that is all."""
    uses = list(node.outputs[0].uses())
    if len(uses) != 1 or node.outputs[0].is_graph_output():
        return None
    turns = uses[0].node.op_type == "Transpose" and uses[0].idx == 0
    adds = uses[0].node.op_type == "Gemm" and uses[0].idx == 2
    return uses[0].node if turns or adds else None


def _is_in_blocks(picture: ir.Value) -> bool:
    """Whether a convolution or its pool makes a float32 picture of known sizes, in whole blocks."""
    maker = picture.producer()
    if maker is not None and maker.op_type == "Relu" and maker.inputs[0] is not None:
        maker = maker.inputs[0].producer()
    sizes = _rewrite.dims(picture)
    return (
        maker is not None
        and maker.op_type in _IN_BLOCKS
        and picture.dtype == ir.DataType.FLOAT
        and len(sizes) == 4
        and all(isinstance(size, int) and size > 0 for size in sizes[1:])
        and int(str(sizes[1])) % _BLOCK == 0
    )
