"""`mimo-portable layers`."""

from __future__ import annotations

import json

from mimo_export import supported
from mimo_portable import cli


def test_it_prints_what_a_layer_becomes(capsys):
    assert cli.main(["layers", "layers.GlobalAveragePooling2D"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["name", "becomes", "operators,", "or", "why", "not"],
        ["layers.GlobalAveragePooling2D", "one", "operator", "ReduceMean"],
    ]


def test_without_a_name_it_prints_everything(capsys):
    assert cli.main(["layers"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(supported.load().entries) + 1


def test_json_holds_the_entries_and_the_version_of_keras(capsys):
    assert cli.main(["layers", "linalg.svd", "--json"]) == 0
    table = supported.load()
    (entry,) = table.matching("linalg.svd")
    assert json.loads(capsys.readouterr().out) == {
        "keras": table.keras,
        "entries": [
            {
                "family": "linalg",
                "name": "svd",
                "becomes": "refused",
                "operators": [],
                "reason": entry.reason,
            }
        ],
    }


def test_an_unknown_name_is_one_block(capsys):
    assert cli.main(["layers", "fly"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"error: Keras {supported.load().keras} has no layer and no backend function named like "
        "'fly'\n  remedy: try a shorter part of the name; without one, all are listed\n"
    )
