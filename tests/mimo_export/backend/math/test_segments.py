"""Rows are reduced by segment."""

import numpy as np
import pytest
from functions import check_function
from keras import ops

IDS = np.array([0, 2, 1, 0, 2], "int32")


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
