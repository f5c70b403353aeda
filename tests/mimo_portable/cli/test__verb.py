"""What every verb shares."""

from __future__ import annotations

import argparse
import json

from mimo_portable.cli import _verb


def test_a_verb_has_json_and_its_function():
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers(dest="verb")

    def run(args):
        return 0

    _verb.add_verb(subparsers, "fly", run, "Fly away.")
    args = parser.parse_args(["fly", "--json"])
    assert (args.verb, args.json, args.run) == ("fly", True, run)


def test_json_keeps_letters_as_they_are(capsys):
    _verb.print_json({"word": "ƙauna"})
    printed = capsys.readouterr().out
    assert "ƙauna" in printed
    assert json.loads(printed) == {"word": "ƙauna"}


def test_columns_are_as_wide_as_their_widest_cell(capsys):
    _verb.print_table(("a", "score"), [("long name", "1"), ("b", "22")])
    assert capsys.readouterr().out == "a          score\nlong name  1\nb          22\n"
