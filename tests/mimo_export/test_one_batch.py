from __future__ import annotations

from pathlib import Path

import pytest

from mimo_export.contract import Signature
from mimo_export.errors import InputError
from mimo_export.manifest import Bundle
from mimo_export.one_batch import check_one_batch
from mimo_portable.specs import TensorSpec

X, Y = TensorSpec("x", (6,)), TensorSpec("y", (2,))
FIXED, OWN = TensorSpec("fixed", (6,), batch=1), TensorSpec("bonds", (5,), batch="n_bonds")


def bundle(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> Bundle:
    return Bundle(Path("b"), Signature(inputs, outputs), {}, {})


def test_one_free_batch_is_taken() -> None:
    check_one_batch(bundle((X,), (Y, TensorSpec("kept", (), batch="kept_dim_0"))), "a program")


@pytest.mark.parametrize(
    ("inputs", "outputs", "odd", "size"),
    [
        ((X, FIXED), (Y,), "fixed", 1),
        ((X, OWN), (Y,), "bonds", "n_bonds"),
        ((X,), (FIXED,), "fixed", 1),
    ],
)
def test_another_first_size_is_refused_by_name(
    inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], odd: str, size: object
) -> None:
    with pytest.raises(InputError) as raised:
        check_one_batch(bundle(inputs, outputs), "a program")
    assert raised.value.what == (
        "a program takes any number of rows, the same for all tensors; the first size of "
        f"'{odd}' is {size}"
    )
    assert "keras.Input(shape) without batch_shape" in raised.value.remedy


def test_an_output_that_shares_an_own_first_size_is_refused() -> None:
    with pytest.raises(InputError, match="the first size of 'bonds' is n_bonds"):
        check_one_batch(bundle((OWN,), (Y,)), "a program")
