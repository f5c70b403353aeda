"""Tensors that are made are constants where sizes are known, and follow them where not."""

import keras
import pytest
from functions import check_function
from keras import ops


def test_tensors_of_one_value_in_the_shape_of_another():
    check_function(
        lambda x: [
            x + ops.zeros_like(x),
            x + ops.ones_like(x),
            x + ops.full_like(x, 3),
            x + ops.zeros(ops.shape(x)),
            x * ops.ones((ops.shape(x)[0], 1, 2)),
            x + ops.full((2,), 7.0),
            x + ops.zeros_like(ops.empty_like(x)),  # what is in it may be NaN
        ],
        (None, 2),
    )


def test_positions_of_a_dynamic_length():
    check_function(
        lambda x: x + ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="float32"), -1), (None, 3)
    )


def test_ranges_with_every_bound():
    check_function(
        lambda x: [
            x + ops.arange(4, dtype="float32"),
            x + ops.arange(2, 10, 2, dtype="float32"),
            x + ops.arange(3.0, -1.0, -1.0),
            ops.cast(x, "int32") + ops.arange(4),
        ],
        (4,),
    )


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch spaces along the first axis alone"
)
@pytest.mark.parametrize("endpoint", [True, False])
def test_evenly_spaced_numbers(endpoint):
    check_function(
        lambda x: [
            x + ops.linspace(0.0, 1.0, 5, endpoint=endpoint),
            ops.linspace(x, x + 3, 4, endpoint=endpoint),
            ops.linspace(x, 2 * x, 4, endpoint=endpoint, axis=-1),
            x + ops.logspace(0.0, 2.0, 5, endpoint=endpoint),
        ],
        (5,),
    )


@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_grids(indexing):
    check_function(lambda x: list(ops.meshgrid(x[0], 2 * x[0], indexing=indexing)), (4,))


def test_arrays_and_copies_are_the_tensor():
    check_function(lambda x: ops.array(x) + ops.copy(x) + ops.ndim(x), (4,), ops=["Add", "Add"])
