"""Values are drawn over the whole of their range, its ends among the first."""

from __future__ import annotations

import numpy as np
import pytest

from mimo_export.drawing import Range


def drawn(values: Range, shape: tuple[int, ...]) -> np.ndarray:
    return values.draw(np.random.default_rng(0), shape)


def test_the_same_seed_draws_the_same_values() -> None:
    drawn = [
        Range("normal", 5, 2, "float32").draw(np.random.default_rng(3), (2, 3)) for _ in range(2)
    ]
    np.testing.assert_array_equal(*drawn)
    assert drawn[0].dtype == np.float32


def test_tokens_end_in_padding_in_some_rows_and_reach_both_ends_of_the_table() -> None:
    tokens = Range("token", 0, 9, "int32").draw(np.random.default_rng(0), (200, 30))
    assert (tokens.min(), tokens.max(), tokens.dtype) == (0, 8, np.int32)
    padded = (tokens[:, -3:] == 0).all(axis=1)
    assert 50 < padded.sum() < 150
    for row in tokens[padded]:
        last = np.flatnonzero(row)[-1] if row.any() else -1
        assert (row[last + 1 :] == 0).all()


@pytest.mark.parametrize(
    "values", [Range("normal", 5, 2, "float32"), Range("uniform", 0, 255, "float32")]
)
def test_every_second_row_of_floats_is_fainter(values):
    drawn = values.draw(np.random.default_rng(0), (40, 300))
    spread = drawn.std(axis=1)
    assert (spread[::2] > 0.8 * spread.max()).all()
    faint = spread[1::2] / spread.max()
    assert faint.min() < 0.01
    assert faint.max() > 0.3
    assert (faint > 0.0005).all()


def test_faint_uniform_rows_are_near_either_end():
    drawn = Range("uniform", 0, 255, "float32").draw(np.random.default_rng(0), (40, 300))
    assert ((drawn >= 0) & (drawn <= 255)).all()
    assert {round(mean / 255) for mean in drawn[1::2].mean(axis=1)} == {0, 1}


@pytest.mark.parametrize("kind", ["integer", "token"])
@pytest.mark.parametrize("shape", [(1, 10), (1, 2), (2, 1), (3,)])
def test_both_ends_of_integers_are_among_the_first_values(kind, shape):
    found = drawn(Range(kind, 3, 200, "int32"), shape)
    assert found.reshape(-1)[:2].tolist() == [199, 3]


def test_a_single_integer_is_the_largest():
    assert drawn(Range("token", 0, 1000, "int64"), (1, 1)).tolist() == [[999]]


def test_pixels_cover_their_bytes():
    found = drawn(Range("integer", 0, 256, "uint8"), (17, 16, 16, 3))
    assert (found.dtype, len(np.unique(found))) == (np.uint8, 256)
    assert found[1].max() - found[1].min() < 200  # a faint one


def test_signed_bytes_cover_both_signs():
    found = drawn(Range("integer", -128, 128, "int8"), (17, 100))
    assert (found.min(), found.max(), found.dtype) == (-128, 127, np.int8)


def test_the_ends_of_an_interval_are_drawn_and_never_passed():
    low, high = 0.1, 0.7  # neither is a float32
    found = drawn(Range("uniform", low, high, "float32"), (40, 300)).astype("float64")
    assert (found >= low).all()
    assert (found <= high).all()
    assert found[0, 0] > high - 1e-7
    assert found[0, 1] < low + 1e-7


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_no_id_is_rounded_up_beyond_its_table(dtype):
    found = drawn(Range("token", 0, 5003, dtype), (50, 50)).astype("float64")
    assert 4900 < found.max() < 5003
    assert (found == np.floor(found)).all()


def test_columns_that_different_tables_read_have_each_their_own_ids():
    values = Range("normal", 0, 1, "float32", rows=(1000, 10, 0), sizes=(3,))
    found = drawn(values, (400, 3))
    assert found.dtype == np.float32
    assert found.max(axis=0)[:2].tolist() == [999, 9]
    assert found.min(axis=0)[:2].tolist() == [0, 0]
    assert found[0].tolist()[:2] == [999, 9]
    assert len(np.unique(found[:, 2])) == 400


def test_ids_in_columns_keep_an_integer_dtype_over_a_free_time():
    values = Range("integer", 0, 256, "int32", rows=(7, 0), sizes=(1, 2))
    found = drawn(values, (3, 5, 2))
    assert (found.dtype, found[:, :, 0].max()) == (np.int32, 6)
    assert found[:, :, 1].max() > 100
