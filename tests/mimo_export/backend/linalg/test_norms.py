"""Lengths of vectors and norms of matrices."""

import re

import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("order", [None, 0, 1, 2, 3, np.inf, -np.inf])
def test_lengths_of_vectors(order, keepdims):
    check_function(lambda x: ops.norm(x, order, axis=-1, keepdims=keepdims), (4, 3))


@pytest.mark.parametrize("order", [None, "fro", 1, -1, np.inf, -np.inf])
def test_norms_of_matrices(order):
    check_function(lambda x: ops.norm(x, order, axis=(1, 2)), (4, 3))


def test_norm_of_everything():
    check_function(lambda x: ops.norm(x[0]), (4, 3))


def test_norm_by_singular_values_is_refused():
    message = (
        "keras.ops.norm has no ONNX form for ord='nuc': it needs singular values\n"
        "  where:  float32[batch, 4, 3]\n"
        "  remedy: use ord='fro', 1, -1, inf or -inf"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(lambda x: ops.norm(x, "nuc", axis=(1, 2)), (4, 3))
