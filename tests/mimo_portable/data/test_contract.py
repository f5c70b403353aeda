"""What every data set looks like."""

import dataclasses

import numpy as np
import pytest

from mimo_portable.data.contract import Dataset, Split


def part(n):
    return Split({"x": np.zeros((n, 3), "float32")}, {"y": np.zeros((n, 1), "float32")})


def test_a_part_is_as_long_as_its_arrays():
    assert len(part(5)) == 5


def test_a_data_set_is_frozen_and_brings_no_statistics_of_its_own():
    data = Dataset("name", "simulated", "made up", part(3), part(2), part(1))
    assert (dict(data.statistics), dict(data.labels), dict(data.vocabulary)) == ({}, {}, {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.name = "other"
