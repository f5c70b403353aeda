from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from mimo_export.compare import (
    Comparison,
    Difference,
    Pair,
    Tolerance,
    compare_output,
    is_distribution,
)

NAN, INF = float("nan"), float("inf")


def compared(expected: Any, got: Any, *, is_class: bool = False, **tolerance: float) -> Comparison:
    pair = Pair("set", np.asarray(expected), np.asarray(got))
    return compare_output("here", "y", [pair], Tolerance(**tolerance), is_class=is_class)


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array([values], "float32")


def test_equal_numbers_pass_with_a_tolerance_of_zero() -> None:
    row = compared(floats(1, 2), floats(1, 2), atol=0, rtol=0)
    assert row == Comparison(
        "here",
        "y",
        "pass",
        expected_shapes=((1, 2),),
        shapes=((1, 2),),
        expected_dtype="float32",
        dtype="float32",
        values=2,
        expected_range=(1.0, 2.0),
        largest=Difference(0.0, "set", (0, 0), 1.0, 1.0),
        passing_tolerance=0.0,
    )


def test_the_largest_difference_is_found_with_its_place_and_both_values() -> None:
    pairs = [
        Pair("first", floats(1, 2, 3), floats(1, 2, 3.25)),
        Pair("second", floats(4, 5, 6), floats(4, 5.5, 6)),
    ]
    row = compare_output("here", "y", pairs, Tolerance(), is_class=False)
    assert row.status == "fail"
    assert row.reason == "2 of 6 values differ"
    assert row.largest == Difference(0.5, "second", (0, 1), 5.0, 5.5)


@pytest.mark.parametrize(("size", "status"), [(0.9, "pass"), (1.1, "fail")])
@pytest.mark.parametrize("expected", [0.0, 3.0, -1000.0])
def test_the_limit_is_absolute_plus_relative(expected: float, size: float, status: str) -> None:
    limit = 1e-3 + 1e-2 * abs(expected)
    row = compared(np.array([expected]), np.array([expected + size * limit]), atol=1e-3, rtol=1e-2)
    assert row.status == status


def test_the_passing_tolerance_passes_and_a_smaller_one_does_not() -> None:
    generator = np.random.default_rng(0)
    expected = generator.normal(0, 100, (50, 4))
    got = expected + generator.normal(0, 1, expected.shape)
    needed = compared(expected, got).passing_tolerance
    assert needed is not None
    assert compared(expected, got, atol=needed * 1.001, rtol=needed * 1.001).status == "pass"
    assert compared(expected, got, atol=needed * 0.999, rtol=needed * 0.999).status == "fail"


def test_nan_agrees_with_nan_in_the_same_place() -> None:
    assert compared(floats(NAN, 1), floats(NAN, 1)).status == "pass"


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (floats(NAN, 1), floats(1, 1)),
        (floats(1, 1), floats(NAN, 1)),
        (floats(INF, 1), floats(1, 1)),
        (floats(1, 1), floats(INF, 1)),
        (floats(INF, 1), floats(-INF, 1)),
        (floats(NAN, 1), floats(INF, 1)),
    ],
)
def test_a_number_never_agrees_with_nan_or_infinity(expected: Any, got: Any) -> None:
    row = compared(expected, got, atol=1e30, rtol=0.5)
    assert (row.status, row.reason) == ("fail", "1 of 2 values differ")
    assert row.passing_tolerance == INF


def test_equal_infinities_agree() -> None:
    assert compared(floats(INF, -INF, 1), floats(INF, -INF, 1)).status == "pass"


@pytest.mark.parametrize(
    "values", [floats(NAN, NAN), floats(INF, NAN), np.zeros((0, 3), "float32")]
)
def test_comparing_nothing_is_a_failure(values: Any) -> None:
    row = compared(values, values)
    assert row.status == "fail"
    assert row.reason == "nothing was compared: Keras gave no finite number"
    assert row.values == 0


def test_no_data_sets_at_all_are_a_failure() -> None:
    row = compare_output("here", "y", [], Tolerance(), is_class=False)
    assert row.status == "fail"


def test_another_shape_is_a_failure_even_where_it_would_broadcast() -> None:
    row = compared(np.zeros((2, 1)), np.zeros((2,)))
    assert (row.status, row.reason) == ("fail", "the shapes differ")
    assert (row.shapes, row.expected_shapes) == (((2,),), ((2, 1),))


def test_another_dtype_is_a_failure_even_with_equal_values() -> None:
    row = compared(np.zeros((2, 1), "float32"), np.zeros((2, 1), "float64"))
    assert (row.status, row.reason) == ("fail", "the dtypes differ")
    assert (row.dtype, row.expected_dtype) == ("float64", "float32")


def test_classes_are_counted_by_row() -> None:
    expected = np.array([[0.2, 0.8], [0.6, 0.4]], "float32")
    row = compared(expected, expected, is_class=True)
    assert (row.status, row.classes) == ("pass", "2 of 2")


def test_a_class_that_flips_within_the_tolerance_is_a_failure() -> None:
    expected, got = floats(0.500001, 0.499999), floats(0.499999, 0.500001)
    row = compared(expected, got, is_class=True, atol=1e-5)
    assert (row.status, row.reason, row.classes) == ("fail", "the classes differ", "0 of 1")


def test_a_class_may_flip_between_exactly_equal_probabilities() -> None:
    expected, got = floats(0.4, 0.4, 0.2), floats(0.399999, 0.4, 0.200001)
    row = compared(expected, got, is_class=True, atol=1e-5)
    assert (row.status, row.classes) == ("pass", "1 of 1")


def test_text_is_compared_exactly() -> None:
    row = compared(np.array([["a", "b"]]), np.array([["a", "c"]]))
    reason = "1 of 2 values differ, first 'c' for 'b' at [0, 1] of set"
    assert (row.status, row.reason) == ("fail", reason)


def test_integers_and_booleans_are_compared_as_numbers() -> None:
    assert compared(np.array([[1, 2]]), np.array([[1, 3]])).largest == Difference(
        1.0, "set", (0, 1), 2.0, 3.0
    )
    assert compared(np.array([[True]]), np.array([[False]])).status == "fail"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([floats(0.25, 0.75)], True),
        ([floats(0.25, 0.75), floats(0.5, 0.6)], False),
        ([floats(-0.25, 1.25)], False),
        ([floats(1.0)], False),
        ([np.array([0.5, 0.5])], False),
        ([np.array([[0, 1]])], False),
        ([], False),
    ],
)
def test_rows_that_sum_to_one_are_class_probabilities(values: Any, expected: bool) -> None:
    assert is_distribution(values) is expected


@pytest.mark.parametrize(
    ("dtype", "size"),
    [("float32", 1e-5), ("float64", 1e-5), ("float16", 4 * 2**-10), ("bfloat16", 4 * 2**-7)],
)
def test_the_tolerance_follows_the_precision_that_a_model_computes_in(
    dtype: str, size: float
) -> None:
    assert Tolerance.of_precision(dtype) == Tolerance(size, size)


def test_bfloat16_is_compared_as_the_numbers_that_it_holds() -> None:
    expected, got = (np.array([[1.0, x]]).astype(ml_dtypes.bfloat16) for x in (2.0, 2.015625))
    row = compared(expected, got, atol=0.03, rtol=0)
    assert (row.status, row.values, row.expected_range) == ("pass", 2, (1.0, 2.0))
    assert row.largest == Difference(0.015625, "set", (0, 1), 2.0, 2.015625)
