import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimo_portable.data import splits
from mimo_portable.data.errors import DataError


def _all(parts):
    return np.concatenate([parts.train, parts.validation, parts.test])


@given(st.lists(st.integers(0, 40), min_size=60, max_size=200), st.integers(0, 2**31))
def test_by_group_never_divides_a_group_and_loses_no_row(groups, seed):
    if len(set(groups)) < 3:
        return
    parts = splits.by_group(groups, seed)
    of = [{groups[i] for i in rows} for rows in (parts.train, parts.validation, parts.test)]
    assert all(of)
    assert not of[0] & of[1]
    assert not of[0] & of[2]
    assert not of[1] & of[2]
    assert sorted(_all(parts)) == list(range(len(groups)))


def test_the_same_seed_gives_the_same_parts_and_another_seed_others():
    first, again, other = (splits.by_row(100, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.test, again.test)
    assert first.test.tolist() != other.test.tolist()
    assert [len(p) for p in (first.train, first.validation, first.test)] == [70, 15, 15]


def test_too_few_groups_are_refused():
    with pytest.raises(DataError) as caught:
        splits.by_group(["a", "b", "a"], 0)
    assert str(caught.value) == (
        "2 groups cannot be split into training, validation and test\n"
        "  where:  a split needs at least one group (patient, record or row) for each part\n"
        "  remedy: give more groups, or name the part of each row in a column 'split'"
    )


def test_by_time_puts_the_newest_last_keeps_equal_times_together_and_leaves_a_gap():
    times = np.random.default_rng(0).permutation(np.arange(100) // 2)
    parts = splits.by_time(times, gap=4)
    train, validation, test = (times[p] for p in (parts.train, parts.validation, parts.test))
    assert train.max() + 2 < validation.min()
    assert validation.max() + 2 < test.min()
    assert [len(p) for p in (train, validation, test)] == [66, 10, 16]


def test_by_time_refuses_when_the_gap_leaves_nothing():
    with pytest.raises(DataError, match=r"^20 rows cannot be split by time into training"):
        splits.by_time(np.arange(20), gap=5)


def test_windows_hold_their_targets_inside_the_stretch():
    cut = splits.windows(np.arange(10), 4, (1, 3))
    assert cut.inputs.shape == (4, 4, 1)
    assert cut.inputs.dtype == np.float32
    assert cut.inputs[-1, :, 0].tolist() == [3, 4, 5, 6]
    assert [t[-1, 0] for t in cut.targets] == [7, 9]


def test_a_stretch_without_room_for_one_window_is_refused():
    with pytest.raises(DataError) as caught:
        splits.windows(np.arange(6), 4, (1, 3))
    assert str(caught.value) == (
        "a series of 6 values is too short for one window\n"
        "  where:  windows of 4 values with targets up to 3 steps later\n"
        "  remedy: give at least 7 values for each part"
    )
