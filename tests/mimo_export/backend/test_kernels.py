"""Operators are computed in a dtype that onnxruntime has a kernel for, and cast back."""

import re

import pytest
from functions import check_function
from keras import ops

from mimo_export.backend._kernels import computed_in
from mimo_export.errors import UnsupportedOperationError


@pytest.mark.parametrize(
    ("op_type", "dtype", "computed"),
    [
        ("Add", "float32", "float32"),
        ("Add", "float16", "float16"),
        ("Add", "bfloat16", "float32"),
        ("Max", "int16", "int32"),
        ("Where", "bool", "uint8"),
        ("Pow", "uint8", "int32"),
        ("ReduceSum", "uint32", "int64"),
        ("MaxPool", "int32", "float64"),
        ("MaxPool", "int16", "float32"),
        ("Conv", "bfloat16", "float32"),
        ("Relu", "bfloat16", "float32"),
        ("LogSoftmax", "bfloat16", "float32"),
        ("IsInf", "float16", "float32"),
        ("Concat", "bfloat16", "bfloat16"),
    ],
)
def test_narrowest_dtype_with_a_kernel_is_chosen(op_type, dtype, computed):
    assert computed_in(op_type, dtype) == computed


def test_dtype_without_a_wider_kernel_is_refused():
    message = (
        "onnxruntime computes no Erf of float64\n"
        "  remedy: cast to float32 or int32 before the operation"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        computed_in("Erf", "float64")


def test_choice_of_booleans_is_cast_around():
    check_function(
        lambda x, y: ops.where(x > 0, y, x > 1),
        (4,),
        (4,),
        dtype=("float32", "bool"),
        ops=["Greater", "Greater", "Cast", "Cast", "Where", "Cast"],
    )


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_narrow_integers(dtype):
    check_function(
        lambda x: [ops.max(x, axis=1), ops.maximum(x, x + 1), ops.sort(x), ops.power(x, 2)],
        (4,),
        dtype=dtype,
    )
