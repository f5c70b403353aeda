"""Error functions, sums of exponentials and distances."""

import pytest
from functions import check_function
from keras import ops


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


@pytest.mark.skipif(not hasattr(ops, "cdist"), reason="this Keras has no cdist")
def test_distances_of_all_pairs():
    check_function(ops.cdist, (4, 3), (2, 3))
    check_function(ops.cdist, (4, None), (2, None))
