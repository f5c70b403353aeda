"""Quantiles by every method, counts and correlations."""

import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantiles(method):
    check_function(lambda x: ops.quantile(x, [0.1, 0.5, 0.9], axis=1, method=method), (7, 2))


@pytest.mark.parametrize("keepdims", [False, True])
def test_medians_and_percentiles(keepdims):
    check_function(
        lambda x: [
            ops.median(x, axis=-1, keepdims=keepdims),
            ops.median(x, axis=(1, 2), keepdims=keepdims),
            ops.percentile(x, 30.0, axis=1, keepdims=keepdims),
        ],
        (5, 4),
    )


def test_counts():
    check_function(lambda x: ops.bincount(x[0], minlength=6), (5,), dtype="int32")


def test_sparse_counts_are_refused():
    with pytest.raises(UnsupportedOperationError) as refusal:
        check_function(lambda x: ops.bincount(x[0], sparse=True), (5,), dtype="int32")
    assert str(refusal.value) == (
        "a sparse tensor has no ONNX form\n"
        "  where:  keras.ops.bincount(sparse=True)\n"
        "  remedy: use sparse=False"
    )


def test_counts_with_weights():
    check_function(
        lambda x, y: ops.bincount(x[0], weights=y[0], minlength=6),
        (5,),
        (5,),
        dtype=("int32", "float32"),
    )


def test_histogram_with_given_edges():
    check_function(lambda x: ops.histogram(x[0], bins=4, range=(-2.0, 2.0))[0], (9,))


def test_correlations_of_rows():
    check_function(
        lambda x: ops.corrcoef(x[0]), (3, 8), values=lambda rng, shape: rng.normal(size=shape)
    )


def test_quantile_with_nan_is_nan():
    check_function(
        lambda x: ops.quantile(x, 0.5, axis=1),
        (4,),
        values=lambda _, shape: np.resize([1.0, np.nan, 2.0, 3.0], shape),
    )
