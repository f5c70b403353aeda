"""What onnxruntime computes on a CPU, and the wider dtype to compute in where it has no kernel.

ONNX defines most operators for every number; onnxruntime's CPU kernels know fewer dtypes, and a
file that only a checker can read is of no use. `run` casts around an operator where that is needed,
and only there: always to a dtype that holds every value of the narrower one, so nothing is lost.
float16 is left alone, because onnxruntime itself casts around its missing kernels.
"""

from __future__ import annotations

from typing import Any

from mimo_export.backend._graph import Types, onnx_type, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.errors import UnsupportedOperationError

_SINGLE = frozenset({"float32"})
_REAL = frozenset({"float32", "float64"})
_WIDE = _REAL | {"int32", "int64"}
_SIGNED = _WIDE | {"int8", "int16"}
_NUMBERS = _SIGNED | {"uint8", "uint16", "uint32", "uint64"}
_BYTES = _WIDE | {"int8", "uint8"}
_BITS = _NUMBERS - _REAL

_KERNELS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Abs", "Mod", "Sign"), _NUMBERS),
    **dict.fromkeys(("Less", "LessOrEqual", "Greater", "GreaterOrEqual"), _NUMBERS),
    **dict.fromkeys(("Max", "Min", "Clip"), _NUMBERS - {"int16", "uint16"}),
    **dict.fromkeys(("ReduceSum", "ReduceMean", "ReduceProd", "ReduceLogSumExp"), _WIDE),
    **dict.fromkeys(("ReduceL1", "ReduceL2", "CumSum", "Pow", "Einsum"), _WIDE),
    **dict.fromkeys(("ReduceMax", "ReduceMin", "ArgMax", "ArgMin"), _BYTES),
    **dict.fromkeys(("Floor", "Ceil", "Round", "Sqrt", "Reciprocal", "Exp", "Log"), _REAL),
    **dict.fromkeys(("Sin", "Cos", "Tanh", "Sigmoid", "IsInf", "IsNaN", "Softmax"), _REAL),
    **dict.fromkeys(("Relu", "LogSoftmax"), _REAL),
    "Shrink": _NUMBERS,
    **dict.fromkeys(("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh"), _SINGLE),
    **dict.fromkeys(("Acosh", "Atanh", "Erf", "Det", "Softplus", "Softsign"), _SINGLE),
    **dict.fromkeys(("Conv", "ConvTranspose", "AveragePool"), _SINGLE),
    **dict.fromkeys(("HardSigmoid", "HardSwish", "Elu", "Selu", "Col2Im"), _SINGLE),
    **dict.fromkeys(("MaxPool", "DepthToSpace", "SpaceToDepth"), _REAL | {"int8", "uint8"}),
    "LeakyRelu": _REAL,
    **dict.fromkeys(("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot"), _BITS),
    "BitShift": frozenset({"uint8", "uint16", "uint32", "uint64"}),
    "Neg": _SIGNED,
    "Equal": _NUMBERS | {"bool", "string"},
    "Expand": _NUMBERS | {"bool", "string"},
    "Tile": _NUMBERS | {"bool", "string"},
    "MatMul": _WIDE | {"uint32", "uint64"},
    "NonZero": frozenset({"bool", "float32", "int32", "int64", "uint8"}),
    "Pad": (_NUMBERS | {"bool"}) - {"int16", "uint16"},
    "Range": _WIDE | {"int16"},
    "TopK": _SIGNED | {"uint8"},
    "Trilu": _WIDE | {"bool"},
    "Unique": _REAL | {"int64", "int8", "string"},
    "Where": _WIDE | {"int8", "uint8", "uint32", "string"},
}
_WIDER = {
    "bool": ("uint8", "int32"),
    **dict.fromkeys(("int8", "int16", "uint8", "uint16"), ("int32", "int64", "float32")),
    **dict.fromkeys(("int32", "uint32"), ("int64", "float64")),
    **dict.fromkeys(("float16", "bfloat16"), ("float32",)),
}
_NO_HALVES = frozenset({"IsInf"})  # before opset 20 it is not defined for float16


def run(
    op_type: str, *inputs: TracedTensor | None, types: Types | None = None, **attributes: Any
) -> TracedTensor:
    """Add an operator with one output, in a wider dtype where there is no kernel for this one.

    The inputs that have the dtype of the data (the first input; of a Where the second) are cast; a
    result in the wider dtype is cast back.

    Raises:
        UnsupportedOperationError: No wider dtype has a kernel.
    """
    data = inputs[1 if op_type == "Where" else 0]
    if data is None:
        raise ValueError(f"{op_type} needs its first input")
    dtype = computed_in(op_type, data.dtype)
    if dtype == data.dtype:
        return op(op_type, *inputs, types=types, **attributes)
    first = 1 if op_type == "Where" else 0
    wide = [
        _cast(x, dtype) if x is not None and x.dtype == data.dtype and i >= first else x
        for i, x in enumerate(inputs)
    ]
    widened = types and [(dtype if kind == data.dtype else kind, dims) for kind, dims in types]
    result = op(op_type, *wide, types=widened, **attributes)
    return _cast(result, data.dtype) if result.dtype == dtype else result


def computed_in(op_type: str, dtype: str) -> str:
    """Return the dtype in which onnxruntime computes an operator for inputs of a dtype."""
    known = _KERNELS.get(op_type)
    if known is None or dtype in known or (dtype == "float16" and op_type not in _NO_HALVES):
        return dtype
    wider = next((wide for wide in _WIDER.get(dtype, ()) if wide in known), None)
    if wider is None:
        raise UnsupportedOperationError(
            f"onnxruntime computes no {op_type} of {dtype}",
            remedy="cast to float32 or int32 before the operation",
        )
    return wider


def _cast(x: TracedTensor, dtype: str) -> TracedTensor:
    return op("Cast", x, to=onnx_type(dtype).value)
