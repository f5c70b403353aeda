"""Orthogonal factors with LAPACK's signs, and least squares."""

import re

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from functions import _traced, check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError


@pytest.mark.parametrize("mode", ["reduced", "complete"])
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
def test_orthogonal_factors(shape, mode):
    check_function(lambda x: ops.qr(x, mode=mode), shape)


def test_orthogonal_factors_of_a_dynamic_size():
    check_function(ops.qr, (None, 3))
    check_function(lambda x: ops.qr(ops.matmul(x, ops.swapaxes(x, 1, 2))), (None, 8))


def test_columns_on_their_axis_stay():
    upper = np.triu(np.arange(-5, 4).reshape(3, 3)).astype("float32")
    check_function(lambda x: ops.qr(ops.add(x * 0, upper)), (3, 3))


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 4)])
def test_least_squares(shape):
    check_function(lambda a, b: ops.lstsq(a[0], b[0]), shape, (shape[0], 2), values=_full_rank)
    check_function(
        lambda a, b: ops.lstsq(a[0], b[0, :, 0]), shape, (shape[0], 2), values=_full_rank
    )


def test_least_squares_without_full_rank_are_not_a_number():
    def function(a, b):
        return ops.lstsq(ops.concatenate([a[0], a[0]], axis=-1), b[0])

    exported = _traced(function, [(5, 1), (5, 2)], ["float32", "float32"])
    session = onnxruntime.InferenceSession(ir.to_proto(exported).SerializeToString())
    arrays = {"x0": np.ones((1, 5, 1), "float32"), "x1": np.ones((1, 5, 2), "float32")}
    assert np.isnan(session.run(None, arrays)[0]).all()


def test_choice_of_singular_values_is_refused():
    message = (
        "keras.ops.lstsq has no ONNX form for rcond: it needs singular values\n"
        "  where:  called on float32[4, 3]\n"
        "  remedy: give the matrix a static size and leave rcond out"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(lambda a, b: ops.lstsq(a[0], b[0], rcond=0.1), (4, 3), (4, 2))


def _full_rank(rng, shape):
    return rng.normal(size=shape) + 3 * np.eye(*shape[-2:])
