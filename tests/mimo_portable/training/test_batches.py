"""Batches: order by seed and epoch, dtypes by contract."""

from __future__ import annotations

import numpy as np
import pytest

from mimo_portable.data.contract import Split
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec
from mimo_portable.training.batches import Batches, shuffled

SPEC = ModelSpec(
    "m",
    "A model.",
    (TensorSpec("image", (2,)), TensorSpec("text", (1,), dtype="int32")),
    (OutputSpec("y", (1,)),),
)


def split(n):
    column = np.arange(n)[:, None]
    return Split(
        {"image": np.hstack([column, column]).astype(np.uint8), "text": column.astype(np.int64)},
        {"y": column.astype(np.float64)},
    )


def rows(batches):
    return [batches[i][1]["y"][:, 0].astype(int).tolist() for i in range(len(batches))]


def test_a_part_is_fed_as_it_stands_and_whole():
    assert rows(Batches(split(5), SPEC, 2)) == [[0, 1], [2, 3], [4]]


def test_a_batch_has_the_dtypes_of_the_contract():
    inputs, targets = Batches(split(5), SPEC, 2)[1]
    assert {name: value.dtype for name, value in inputs.items()} == {
        "image": np.float32,
        "text": np.int32,
    }
    assert targets["y"].dtype == np.float32
    np.testing.assert_array_equal(inputs["image"], [[2, 2], [3, 3]])
    np.testing.assert_array_equal(inputs["text"], [[2], [3]])


def test_the_order_follows_from_seed_and_epoch():
    def order(*seed):
        return rows(shuffled(split(50), SPEC, 8, seed))

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 1) != order(1, 1)


def test_the_order_never_changes_between_releases():
    """A checkpoint from an older version must go on with the batches that it would have had."""
    assert rows(shuffled(split(7), SPEC, 3, (5, 2))) == [[0, 4, 5], [3, 1, 2]]


@pytest.mark.parametrize(("n", "sizes"), [(10, [4, 4]), (8, [4, 4]), (3, [3])])
def test_shuffled_batches_are_full(n, sizes):
    batches = rows(shuffled(split(n), SPEC, 4, (0, 0)))
    assert [len(batch) for batch in batches] == sizes
    assert len({row for batch in batches for row in batch}) == sum(sizes)
