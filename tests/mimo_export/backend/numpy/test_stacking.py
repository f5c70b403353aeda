"""Tensors put together and taken apart."""

import pytest
from functions import check_function
from keras import ops


def test_stacks_along_each_axis():
    check_function(
        lambda x, y: [
            ops.hstack([x, y]),
            ops.vstack([x, y]),
            ops.dstack([x, y]),
            ops.append(x, y, 1),
            ops.append(x, y),
        ],
        (2, 3),
        (2, 3),
    )


@pytest.mark.skipif(not hasattr(ops, "column_stack"), reason="Keras 3.16 has it")
@pytest.mark.parametrize("shape", [(), (3,), (3, 2)])
def test_columns_beside_each_other(shape):
    check_function(lambda x, y: ops.column_stack([x, y]), shape, (*shape,))


@pytest.mark.parametrize("shape", [(4,), (4, 4), (2, 2, 4)])
def test_splits_along_each_axis(shape):
    check_function(lambda x: [*ops.hsplit(x[0], 2), *ops.array_split(x, 3, -1)], shape)


def test_splits_of_a_dynamic_axis_into_unequal_parts():
    check_function(lambda x: [*ops.array_split(x, 3, 1), *ops.array_split(x, 4, 0)], (None, 2))


def test_mixed_dtypes_are_promoted():
    check_function(lambda x, y: ops.hstack([x, y]), (3,), (3,), dtype=("int32", "float32"))
