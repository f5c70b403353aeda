"""Classes as vectors: a negative one is all zeros, in every dtype."""

import numpy as np
import pytest
from functions import check_function
from harness import WIDE, check_layer
from keras import ops


def _classes(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-3, 4, shape)


@pytest.mark.parametrize("dtype", ["int32", pytest.param("int64", marks=WIDE)])
def test_one_hot_of_any_axis_and_dtype(dtype):
    check_layer(
        lambda x: [
            ops.one_hot(x, 4),
            ops.one_hot(x, 4, axis=1),
            ops.one_hot(x, 4, dtype="bool"),
            ops.one_hot(x, 4, dtype="int32"),
            ops.one_hot(x, 4, dtype="float16"),
        ],
        (None,),
        dtype=dtype,
        values=_classes,
    )


def test_multi_hot():
    check_layer(
        lambda x: [ops.multi_hot(x, 4), ops.multi_hot(x, 4, dtype="bool")],
        (5,),
        dtype="int32",
        values=_classes,
    )


def test_one_hot_of_known_classes():
    check_function(
        lambda x: [x * ops.one_hot([0], 3), x * ops.one_hot([-1], 3), x * ops.one_hot(2, 3)],
        (3,),
    )


def test_many_classes_are_ones_in_zeros():
    def values(rng, size):
        return rng.integers(0, 200, size).astype("int32")

    model = check_function(lambda x: ops.multi_hot(x, 200), (7,), dtype="int32", values=values)
    assert "OneHot" not in [node.op_type for node in model.graph]
