"""What ONNX says of an operator: whether it is there, what it takes, what it gives."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import onnx
import onnx_ir as ir

from mimo_export.backend._tensor import Array, Dim, TracedTensor
from mimo_export.errors import UnsupportedOperationError

Types = Sequence[tuple[str, Sequence[Dim | None]]]
"""The dtype and the dimensions of each output of a node; None where a dimension is not known."""

ML_DOMAIN = "ai.onnx.ml"
"""The standard's second set of operators, for tables of words among other things."""

ML_OPSET = 3  # what came out together with opset 17, the oldest that is written

# What ONNX's reference implementation does not know, or (`sequence_lens`) passes over in silence.
_UNFOLDABLE = frozenset({"bfloat16", "float8_e4m3fn", "float8_e5m2", "string"})
_WRONG = frozenset({"GRU", "LSTM", "RNN"})
_SHOWN = 1024  # elements up to which shape inference is shown a constant: shapes, axes, pads
_SHOWN_REALS = 8  # the same for other constants: bounds of a Range, scales of a Resize
_ONNX_NAMES = {
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "float8_e4m3fn": "FLOAT8E4M3FN",
    "float8_e5m2": "FLOAT8E5M2",
}


class OpsetTooLowError(Exception):
    """Raised inside a trace by an operator that needs a newer opset than the one being tried."""

    def __init__(self, needed: int, operator: str) -> None:
        super().__init__(f"{operator} needs opset {needed}")
        self.needed, self.operator = needed, operator


def dtype_name(array: Array) -> str:
    """Return Keras's name for the dtype of an array."""
    return "string" if array.dtype.kind in "OUS" else array.dtype.name


def onnx_type(dtype: str) -> ir.DataType:
    """Return ONNX's element type for a Keras dtype."""
    return ir.DataType[_ONNX_NAMES.get(dtype, dtype.upper())]


def dtype_of(kind: ir.DataType) -> str:
    """Return Keras's dtype for ONNX's element type."""
    known = (ours for ours, theirs in _ONNX_NAMES.items() if theirs == kind.name)
    return next(known, kind.name.lower())


def ir_numpy(dtype: str) -> Any:
    """Return NumPy's dtype for a Keras dtype (bfloat16 and float8 included)."""
    return onnx_type(dtype).numpy()


@functools.cache
def domain_of(op_type: str) -> str:
    """Return the set of standard operators that an operator belongs to."""
    return "" if onnx.defs.has(op_type) else ML_DOMAIN


@functools.cache
def schema_of(op_type: str, opset: int, domain: str = "") -> onnx.defs.OpSchema:
    try:
        return onnx.defs.get_schema(op_type, opset, domain)
    except onnx.defs.SchemaError:
        first = min(
            s.since_version
            for s in onnx.defs.get_all_schemas_with_history()
            if s.name == op_type and s.domain == domain
        )
        raise OpsetTooLowError(first, op_type) from None


def check_types(schema: onnx.defs.OpSchema, inputs: Sequence[TracedTensor | None]) -> None:
    """Refuse an element type that the operator's definition does not admit."""
    for i, tensor in enumerate(inputs):
        if tensor is None:
            continue
        formal = schema.inputs[min(i, len(schema.inputs) - 1)]
        if f"tensor({onnx_type(tensor.dtype).name.lower()})" not in formal.types:
            raise UnsupportedOperationError(
                f"ONNX's {schema.name} takes no {tensor.dtype}",
                where=f"input {formal.name!r}, {tensor!r}",
                remedy="cast to another dtype before the operation",
            )


def infer(
    schema: onnx.defs.OpSchema,
    node: ir.Node,
    inputs: Sequence[TracedTensor | None],
    opset: int,
) -> list[tuple[str, tuple[Dim | None, ...]]]:
    present = [tensor for tensor in inputs if tensor is not None]
    for position, value in enumerate(node.outputs):
        value.name = f"output:{position}"
    proto = ir.serde.serialize_node(node)
    found = onnx.shape_inference.infer_node_outputs(
        schema,
        proto,
        {t.name: _type_proto(t) for t in present},
        {t.name: _data_proto(t) for t in present if _is_shown(t)},
        opset_imports=[onnx.helper.make_opsetid(node.domain, opset)],
        ir_version=8,
    )
    return [_read_type(found[value.name]) for value in node.outputs if value.name]


def _type_proto(tensor: TracedTensor) -> onnx.TypeProto:
    return onnx.helper.make_tensor_type_proto(onnx_type(tensor.dtype).value, tensor.dims)


def _is_shown(tensor: TracedTensor) -> bool:
    size = tensor.size
    limit = _SHOWN if "int" in tensor.dtype else _SHOWN_REALS
    return tensor.is_constant and size is not None and size <= limit and tensor.dtype != "string"


def _data_proto(tensor: TracedTensor) -> onnx.TensorProto:
    return ir.serde.serialize_tensor(ir.Tensor(tensor.array, dtype=onnx_type(tensor.dtype)))


def _read_type(proto: onnx.TypeProto) -> tuple[str, tuple[Dim | None, ...]]:
    tensor = proto.tensor_type
    dtype = dtype_of(ir.DataType(tensor.elem_type))
    dims = tuple(
        d.dim_value if d.HasField("dim_value") else d.dim_param or None for d in tensor.shape.dim
    )
    return dtype, dims


def is_foldable(
    op_type: str, inputs: Sequence[TracedTensor | None], outputs: Sequence[tuple[str, Any]]
) -> bool:
    """Whether ONNX's reference implementation computes what a node gives, all of it known."""
    known = [(t.dtype, t.dims) for t in inputs if t is not None and t.is_constant]
    return (
        bool(inputs)
        and op_type not in _WRONG
        and len(known) == sum(tensor is not None for tensor in inputs)
        and all(dtype not in _UNFOLDABLE for dtype, _ in (*known, *outputs))
        and all(None not in dims for _, dims in outputs)
    )
