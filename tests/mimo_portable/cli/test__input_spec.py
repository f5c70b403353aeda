from __future__ import annotations

import argparse

import pytest

from mimo_portable.cli._input_spec import read_spec
from mimo_portable.specs import TensorSpec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("image[128,128,3]", TensorSpec("image", (128, 128, 3))),
        ("text:int32[?]", TensorSpec("text", (None,), "int32")),
        ("age[]", TensorSpec("age", ())),
        ("bonds[n_bonds,5]", TensorSpec("bonds", (5,), batch="n_bonds")),
        ("pairs:int32[ n_bonds , 2 ]", TensorSpec("pairs", (2,), "int32", batch="n_bonds")),
        ("graph[n,n]", TensorSpec("graph", ("n",), batch="n")),
        ("text:int64[batch,words]", TensorSpec("text", ("words",), "int64")),
        ("x[batch=1,6]", TensorSpec("x", (6,), batch=1)),
    ],
)
def test_a_text_says_name_dtype_and_sizes(text: str, spec: TensorSpec) -> None:
    assert read_spec(text) == spec


@pytest.mark.parametrize(
    "text",
    ["x", "x[1.5]", "x[batch=0]", "x[,1]", "x[2,n=3]", "[3]", "x[3]]", "x[0]", "x[9999999999]"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as raised:
        read_spec(text)
    assert str(raised.value) == (
        f"'{text}' is not of the form 'name:dtype[size,size]', each size a number above 0, ? or a "
        "name"
    )


def test_a_dtype_that_no_tensor_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'int99' is no dtype: choose from bool, "):
        read_spec("x:int99[3]")
