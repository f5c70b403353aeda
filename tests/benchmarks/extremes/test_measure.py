"""Errors in units of the scale, the rule, and where NaN and infinity are."""

import numpy as np


def test_an_error_is_in_units_of_the_largest_true_number(extremes):
    error = extremes.measure.error
    assert error([np.array([1.0, -100.5])], [np.array([1.0, -100.0])]) == 0.5 / 100
    assert error([np.array([2, 3])], [np.array([2, 3])]) == 0
    assert error([np.zeros(0)], [np.zeros(0)]) == 0
    assert error([np.array([np.nan])], [np.array([1.0])]) == np.inf
    assert error([np.zeros(2)], [np.zeros(3)]) == np.inf


def test_the_file_may_be_twice_as_far_as_the_nearest_backend_or_very_near(extremes):
    meets = extremes.measure.meets
    assert meets(2e-4, [1e-4, 5e-3])
    assert not meets(3e-4, [1e-4, 5e-3])
    assert meets(9e-7, [0.0])


def test_each_number_is_finite_or_which_of_three(extremes):
    values = np.array([1.0, np.nan, np.inf, -np.inf])
    assert extremes.measure.kinds([values, np.array([True])]) == "01230"


def test_special_values_are_in_the_first_row_alone(extremes):
    (case,) = [one for one in extremes.cases.cases() if one.name == "`LSTM(16)`"]
    plain = case.draw(case.sizes[0], "0")
    rows = extremes.measure.special_rows(case, "both")
    assert np.isnan(rows[0]).any()
    assert {np.inf, -np.inf} <= set(rows[0].reshape(-1).tolist())
    np.testing.assert_array_equal(rows[1], plain[1])


def test_whole_numbers_have_no_special_values(extremes):
    (case,) = [one for one in extremes.cases.cases() if one.name == "`one_hot`"]
    assert extremes.measure.special_rows(case, "NaN") is None
