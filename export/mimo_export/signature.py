"""The signature of a Keras model, read off its graph: what is written is what is promised."""

from __future__ import annotations

from typing import Any

import onnx_ir as ir

from mimo_export.backend._graph import dtype_of
from mimo_export.contract import BATCH, Signature
from mimo_export.interface import interface_of
from mimo_export.onnx import trace
from mimo_portable.specs import TensorSpec


def signature_of(model: Any) -> Signature:
    """Return the names, shapes and dtypes of a built Keras model's inputs and outputs."""
    return signature_in(trace(interface_of(model)))


def signature_in(graph: ir.Graph) -> Signature:
    """Return the contract that a traced graph keeps."""
    return Signature(
        *(tuple(_spec_of(value) for value in values) for values in (graph.inputs, graph.outputs))
    )


def precision_of(graph: ir.Graph) -> str:
    """Return the narrowest floating dtype that a graph computes in; float32 at the widest."""
    dtypes = {value.dtype for node in graph.all_nodes() for value in node.outputs}
    for dtype in (ir.DataType.BFLOAT16, ir.DataType.FLOAT16):
        if dtype in dtypes:
            return dtype_of(dtype)
    return "float32"


def _spec_of(value: ir.Value) -> TensorSpec:
    dims = value.shape.dims if value.shape is not None else ()
    # A number without any size is described as one of a batch, which the check of a file refuses.
    batch, *shape = [d if isinstance(d, int) else str(d.value) for d in dims] or [BATCH]
    if value.name is None or value.dtype is None:
        raise ValueError(f"{value} was not traced to its end")
    return TensorSpec(value.name, tuple(shape), dtype_of(value.dtype), batch=batch)
