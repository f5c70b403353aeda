"""Functions of Keras's `ops.math`."""

import numpy as np
import pytest
from functions import check_function
from keras import ops

IDS = np.array([0, 2, 1, 0, 2], "int32")


def test_errors_and_roots():
    check_function(
        lambda x: {
            "erf": ops.erf(x),
            "rsqrt": ops.rsqrt(ops.abs(x) + 1),
            "erfinv": ops.erfinv(ops.clip(x / 4, -0.99, 0.99)),
        },
        (None, 3),
    )


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 1, (1, 2)])
def test_logarithms_of_sums_of_exponentials(axis, keepdims):
    check_function(lambda x: ops.logsumexp(x * 100, axis, keepdims), (3, 2))


def test_the_best_elements_and_their_places():
    def best(x):
        values, places = ops.top_k(x, 2)
        return values, ops.cast(places, "int32")

    check_function(best, (None, 5), ops=["TopK", "Cast"])


def test_target_among_the_best():
    check_function(lambda x, y: ops.in_top_k(y[:, 0], x, 2), (4,), (1,), dtype=("float32", "int32"))


@pytest.mark.parametrize(
    "function", [ops.segment_sum, ops.segment_max], ids=["segment_sum", "segment_max"]
)
def test_segments(function):
    check_function(lambda x: function(x[0], IDS, num_segments=3), (5, 2))


@pytest.mark.skipif(
    not hasattr(ops, "segment_min"), reason="this Keras has no segment_min and segment_prod"
)
def test_least_and_product_of_segments():
    check_function(
        lambda x: [
            ops.segment_min(x[0], IDS, num_segments=3),
            ops.segment_prod(x[0], IDS, num_segments=3),
        ],
        (5, 2),
    )


@pytest.mark.skipif(not hasattr(ops, "cdist"), reason="this Keras has no cdist")
def test_distances_of_all_pairs():
    check_function(ops.cdist, (4, 3), (2, 3))
