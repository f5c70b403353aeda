from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from mimo_export.contract import Signature
from mimo_export.golden import Case
from mimo_export.hosts.vectors import HostArray, describe_cases, plain_bytes, write_vectors
from mimo_portable.specs import TensorSpec


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[1, 2], [3, 4]], "float32").T, np.array([1, 3, 2, 4], "<f4").tobytes()),
        (np.array([1, -1], ">i8"), np.array([1, -1], "<i8").tobytes()),
        (np.array([True, False]), b"\1\0"),
        (np.array([1.5], "float16"), b"\x00\x3e"),
        (np.array([1.0], ml_dtypes.bfloat16), b"\x80\x3f"),
        (np.array(["a", "ü\0"], object), b"\1\0\0\0a\3\0\0\0\xc3\xbc\0"),
        (np.array(["b"]), b"\1\0\0\0b"),
        (np.empty((0, 3), "float32"), b""),
    ],
    ids=["transposed", "big-endian", "bool", "half", "bfloat16", "objects", "texts", "empty"],
)
def test_elements_are_written_plainly(array: np.ndarray, expected: bytes) -> None:
    assert plain_bytes(array) == expected


def test_strings_that_were_never_decoded_are_refused() -> None:
    with pytest.raises(ValueError, match="a golden vector of strings holds str, never bytes"):
        plain_bytes(np.array([b"a"]))


def test_arrays_are_described_in_the_contracts_order_and_written_there(tmp_path: Path) -> None:
    spec = TensorSpec("y y", (2,), "int32")
    signature = Signature((TensorSpec("b", (1,)), TensorSpec("a", (1,))), (spec,))
    inputs = {"a": np.zeros((3, 1), "float32"), "b": np.ones((3, 1), "float32")}
    case = Case("test_data_set_0", inputs, {"y y": np.zeros((3, 2), "int32")})
    (described,) = describe_cases([case], signature, "model")
    assert described.inputs[0] == HostArray(
        "b", "float32", (3, 1), "model/golden/test_data_set_0/input_0.bin"
    )
    assert [array.name for array in described.inputs] == ["b", "a"]
    write_vectors(tmp_path, [described], [case])
    assert (tmp_path / described.inputs[0].path).read_bytes() == inputs["b"].tobytes()
    assert (tmp_path / described.outputs[0].path).stat().st_size == 24
