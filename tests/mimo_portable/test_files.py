"""Files are whole or not there."""

from __future__ import annotations

import errno
import json

import pytest

from mimo_portable.files import replacing, write_json


def test_a_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr
)
def test_a_write_that_fails_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_half():
        with replacing(path) as partial:
            partial.write_text("half of it")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_was_never_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.txt"):
        pass


def test_the_partial_file_keeps_the_ending(tmp_path):
    """Keras and NumPy choose a format, or add an ending, by the name of the file."""
    with replacing(tmp_path / "model.keras") as partial:
        assert partial.suffix == ".keras"
        partial.touch()


def test_json_is_utf8_with_letters_as_they_are(tmp_path):
    write_json(tmp_path / "words.json", {"word": "ƙauna", "numbers": (1, 2)})
    text = (tmp_path / "words.json").read_bytes().decode("utf-8")
    assert "ƙauna" in text
    assert text.endswith("}\n")
    assert json.loads(text) == {"word": "ƙauna", "numbers": [1, 2]}
