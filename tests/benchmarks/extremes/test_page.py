"""A row says what it holds, and which rule it breaks without a reason."""

import dataclasses

import pytest


@pytest.fixture
def case(extremes):
    return extremes.cases.cases()[0]


def a_row(extremes, case, **changed):
    given = {
        "file": [1e-7, 2e-6, 4e-6],
        "keras": {
            "jax": [1e-7, 1e-6, 5e-6],
            "torch": [1e-7, 2e-6, 2e-6],
            "tensorflow": [1e-7, 3e-6, 5e-6],
        },
        "special": {"NaN": {"file": "01", "jax": "01", "torch": "01", "tensorflow": "00"}},
        "same_bytes": True,
        "faster": [1.25, None, 20.0],
    }
    return extremes.page.Row(case, "1e4", **{**given, **changed})


def test_a_row_has_errors_names_and_times(extremes, case):
    line = extremes.page.table([a_row(extremes, case)]).splitlines()[-1]
    assert line == (
        "| `sum`, the last axis | 1e4 | 1e-07, 2e-06, 4e-06 | 1e-07, 1e-06, 5e-06 "
        "| 1e-07, 2e-06, 2e-06 | 1e-07, 3e-06, 5e-06 | as JAX and PyTorch | 1.2, -, 20 |"
    )


def test_a_row_that_keeps_the_rules_has_no_faults(extremes, case):
    assert a_row(extremes, case).faults() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"file": [1e-7, 2e-6, 4.1e-6]}, "further from float64 than the rule says"),
        (
            {"special": {"NaN": {"file": "00", "jax": "01", "torch": "01", "tensorflow": "00"}}},
            "NaN or infinity elsewhere than on JAX and PyTorch",
        ),
        ({"same_bytes": False}, "other bytes from another backend"),
    ],
)
def test_each_rule_is_broken_by_name(extremes, case, changed, fault):
    assert a_row(extremes, case, **changed).faults() == [fault]


def test_a_reason_stands_below_the_table_and_is_no_fault(extremes, case):
    excused = dataclasses.replace(case, reason="Keras adds otherwise")
    row = a_row(extremes, excused, file=[1e-3, 1e-3, 1e-3])
    assert row.faults() == []
    text = extremes.page.table([row])
    assert "- `sum`, the last axis: Keras adds otherwise\n" in text
    assert "1e-03, 1e-03, 1e-03 (!)" in text


def test_where_jax_and_pytorch_differ_the_file_may_be_as_either(extremes, case):
    special = {"NaN": {"file": "10", "jax": "01", "torch": "10", "tensorflow": "11"}}
    row = a_row(extremes, case, special=special)
    assert row.faults() == []
    assert "| as PyTorch |" in extremes.page.table([row])


def test_but_not_as_neither(extremes, case):
    special = {"NaN": {"file": "00", "jax": "01", "torch": "10", "tensorflow": "11"}}
    row = a_row(extremes, case, special=special)
    assert row.faults() == ["NaN or infinity elsewhere than on JAX and PyTorch"]
    assert "| mixed (!) |" in extremes.page.table([row])
