"""A command ends with one clear sentence wherever its output cannot go."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from mimo_portable.cli import _verb, main
from mimo_portable.cli import list as list_


def output(raw, encoding="utf-8"):
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding)


@pytest.fixture
def printing(monkeypatch):
    """Let `list` print another text, to another standard output."""

    def use(stream, text="Größe\n", *, document=False):
        monkeypatch.setattr(sys, "stdout", stream)
        write = _verb.print_json if document else print
        monkeypatch.setattr(list_, "run", lambda _: write(text) or 0)

    return use


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_a_terminal_has_not_are_numbers(printing, encoding):
    raw = io.BytesIO()
    text = "Größe \N{SNOWMAN} \udcfc"
    printing(io.TextIOWrapper(raw, encoding=encoding), text)
    assert main(["list"]) == 0
    assert raw.getvalue() == f"{text}\n".encode(encoding, errors="backslashreplace")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_stays_json_in_every_alphabet(printing, encoding):
    raw = io.BytesIO()
    document = {"größe": "\N{SNOWMAN}", "path": "\udcfc"}
    printing(io.TextIOWrapper(raw, encoding=encoding), document, document=True)
    assert main(["list"]) == 0
    assert json.loads(raw.getvalue().decode(encoding)) == document


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has such a device")
@pytest.mark.parametrize("length", [1, 100_000])
def test_a_full_disk_behind_standard_output_is_named(printing, capsys, length):
    with Path("/dev/full").open("wb", buffering=0) as full:
        printing(output(full), "x" * length)
        assert main(["list"]) == 2
    assert capsys.readouterr().err == (
        "error: No space left on device\n"
        "  where:  standard output\n"
        "  remedy: free some space, or choose another folder; what was there before is untouched\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has such a device")
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["export", "--help"]])
def test_a_help_that_arrives_nowhere_is_an_error_without_a_buffer_too(monkeypatch, capsys, words):
    with Path("/dev/full").open("wb", buffering=0) as full:
        stream = io.TextIOWrapper(full, encoding="utf-8", write_through=True)
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(words) == 2
    assert "error: No space left on device\n  where:  standard output\n" in capsys.readouterr().err


@pytest.mark.parametrize("length", [1, 100_000])
def test_a_reader_that_has_gone_ends_a_command_in_silence(printing, capsys, length):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        printing(output(pipe), "x" * length)
        assert main(["list"]) == 1
    assert capsys.readouterr().err == ""


def test_a_closed_standard_output_is_an_error(printing, capsys):
    printing(None)
    assert main(["list"]) == 2
    assert capsys.readouterr().err == (
        "error: standard output is closed\n"
        "  remedy: let it go to a terminal, a file, a pipe or /dev/null\n"
    )
