"""Halve the weights: they are stored in float16 and become float32 when the file is loaded.

onnxruntime's own converter (`onnxruntime.transformers.float16`) makes nodes compute in float16. It
was tried on the six networks of the zoo, and is not what is done here:

1. onnxruntime's CPU provider (1.32, x86) has float16 kernels for operators that move numbers
   (Transpose, Gather, Concat), and none for those that compute (Conv, Gemm, MatMul, LSTM, Add, Mul,
   Relu). It widens before each of these and rounds behind it, in each run: the converter's files
   take 1.03 to 1.2 times as long as the float32 ones.
2. Inputs and activations are rounded too, to 16 passengers in `forecast`: outputs lie 2 to 6 times
   as far from Keras as with rounded weights alone.
3. What has no kernel can be kept in float32, which is all that computes; but not inside of another
   node: with the LSTM in its `If` left out, the file cannot be loaded, as the casts stand outside.

Here a `Cast` follows each weight, which onnxruntime folds when it loads the file: what runs is the
original graph with rounded weights, at the original's speed. The sizes are the same as the
converter's, to 1 %, and the bytes the same on every machine, whatever kernels it has.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper

from mimo_export.optimize.weights import SMALLEST, size_of

_MOST_LOST = 2.0**-10
"""Of a weight's norm. Rounding takes 2^-12 of it, more only where numbers are out of range."""


def halve(model: ModelProto) -> tuple[str, ...]:
    """Store float32 weights of 1 KiB and more in float16, in place.

    Returns:
        What stays in float32: all that is computed, and each weight with numbers too large or too
        small for float16.
    """
    stay = ["all arithmetic"]
    casts: list[onnx.NodeProto] = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or size_of(tensor) < SMALLEST:
            continue
        array = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore", invalid="ignore"):
            half = array.astype(np.float16)
            lost = np.linalg.norm(half.astype(np.float64) - array) / np.linalg.norm(array)
        if not (lost <= _MOST_LOST or np.array_equal(half, array)):
            stay.append(f"{tensor.name} (its numbers are beyond the range of float16)")
            continue
        name, stored = tensor.name, f"{tensor.name}/float16"
        tensor.CopyFrom(numpy_helper.from_array(half, stored))
        casts.append(
            helper.make_node("Cast", [stored], [name], f"{name}/float32", to=TensorProto.FLOAT)
        )
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return tuple(stay)
