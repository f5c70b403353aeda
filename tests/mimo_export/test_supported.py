"""The shipped table, its page, and how it is searched."""

from __future__ import annotations

import pytest

from mimo_export import supported
from mimo_export.errors import UnsupportedOperationError
from mimo_export.supported import COMPOSED, KINDS, LAYERS, NONE, ONE, REFUSED, Entry, Table

TABLE = Table(
    "3.99.0",
    (
        Entry("numpy", "add", ONE, ("Add",)),
        Entry("numpy", "nextafter", REFUSED, reason="bits cannot be read"),
        Entry("numpy", "std", COMPOSED, ("ReduceMean", "Sub", "Mul", "Sqrt")),
        Entry(LAYERS, "Dropout", NONE),
    ),
)


def test_a_table_survives_its_document():
    assert Table.from_json(TABLE.to_json()) == TABLE


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("", ["add", "nextafter", "std", "Dropout"]),
        ("ADD", ["add"]),
        ("numpy.n", ["nextafter"]),
        ("layers", ["Dropout"]),
    ],
)
def test_a_part_of_a_name_is_enough(part, names):
    assert [entry.name for entry in TABLE.matching(part)] == names


def test_a_name_that_keras_does_not_have_is_an_error():
    with pytest.raises(UnsupportedOperationError) as error:
        TABLE.matching("fly")
    assert str(error.value) == (
        "Keras 3.99.0 has no layer and no backend function named like 'fly'\n"
        "  remedy: try a shorter part of the name; without one, all are listed"
    )


def test_the_page_counts_and_lists_everything():
    lines = supported.to_markdown(TABLE).splitlines()
    assert "| | one operator | composed | no operator | refused | all |" in lines
    assert "| functions | 1 | 1 | 0 | 1 | 3 |" in lines
    assert "| layers | 0 | 0 | 1 | 0 | 1 |" in lines
    assert lines[lines.index("## Layers") + 4] == "| `Dropout` | no operator |  |"
    start = lines.index("## Functions: numpy") + 4
    assert lines[start : start + 3] == [
        "| `add` | one operator | `Add` |",
        "| `nextafter` | refused | bits cannot be read |",
        "| `std` | composed | `ReduceMean`, `Sub`, `Mul`, `Sqrt` |",
    ]


def test_the_shipped_table_holds_each_function_and_layer_once():
    entries = supported.load().entries
    names = [(entry.family, entry.name) for entry in entries]
    assert len(set(names)) == len(names)
    assert {entry.becomes for entry in entries} == set(KINDS)
    assert {entry.family for entry in entries} == {
        *("core", "image", "linalg", "math", "nn", "numpy", "random", "rnn", LAYERS)
    }


def test_what_is_refused_has_a_reason_and_what_is_not_has_none():
    for entry in supported.load().entries:
        assert bool(entry.reason) == (entry.becomes == REFUSED), entry
