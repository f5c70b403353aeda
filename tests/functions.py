"""The battery of `harness` for a function of `keras.ops`: Keras computes it eagerly, we trace it.

No model is built around the function, because several of Keras's own functions run on real tensors
alone and not on the symbols that a model is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
from harness import BATCHES_AND_LENGTHS, _values, compare

from mimo_export import passes
from mimo_export.backend import onnx_backend
from mimo_export.backend._graph import OLDEST_OPSET, Graph, OpsetTooLowError
from mimo_export.onnx import _as_output, _finished, _ir_version


def check_function(
    function: Callable[..., Any],
    *shapes: tuple[int | None, ...],
    dtype: str | Sequence[str] = "float32",
    ops: Sequence[str] | None = None,
    values: Callable[[np.random.Generator, tuple[int, ...]], Any] | None = None,
) -> ir.Model:
    """Check a function on tensors of the given shapes without the batch, at several sizes.

    Args:
        function: Called on one tensor for each shape; returns a tensor or a structure.
        shapes: Shapes without the batch; None is a free dimension.
        dtype: One dtype, or one for each tensor.
        ops: The operator types that the graph must consist of, in order.
        values: Makes the values; default: normal numbers, small integers, coin flips.
    """
    dtypes = [dtype] * len(shapes) if isinstance(dtype, str) else list(dtype)
    exported = _traced(function, shapes, dtypes)
    proto = ir.serde.serialize_model(exported)
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    rng = np.random.default_rng(0)
    for batch, length in BATCHES_AND_LENGTHS:
        arrays = {
            f"x{i}": _values(rng, kind, (batch, *(n or length for n in shape)), values)
            for i, (shape, kind) in enumerate(zip(shapes, dtypes, strict=True))
        }
        tensors = [keras.ops.convert_to_tensor(array) for array in arrays.values()]
        compare(session, arrays, _named(function(*tensors), keras.ops.convert_to_numpy))
    if ops is not None:
        assert [node.op_type for node in exported.graph] == list(ops)
    return exported


def _traced(
    function: Callable[..., Any], shapes: Sequence[tuple[int | None, ...]], dtypes: Sequence[str]
) -> ir.Model:
    """Return the function at the lowest opset that it needs."""
    opset = OLDEST_OPSET
    while True:
        graph = Graph(opset)
        inputs = [
            graph.input(f"x{i}", kind, ("batch", *(n or f"size_{i}_{a}" for a, n in enumerate(s))))
            for i, (s, kind) in enumerate(zip(shapes, dtypes, strict=True))
        ]
        try:
            with onnx_backend(), graph.current():
                outputs = _named(function(*inputs), lambda x: x)
                named = {name: _as_output(graph, name, x) for name, x in outputs.items()}
        except OpsetTooLowError as low:
            opset = low.needed
            continue
        model = ir.Model(_finished(graph, named, "function"), ir_version=_ir_version(opset))
        passes.tidy(model)
        return model


def _named(result: Any, convert: Callable[[Any], Any]) -> Mapping[str, Any]:
    """Return results by name: the keys of a dict, else their numbers."""
    if isinstance(result, dict):
        return {name: convert(x) for name, x in result.items()}
    return {f"output_{i}": convert(x) for i, x in enumerate(keras.tree.flatten(result))}
