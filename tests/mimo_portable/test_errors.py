"""An error is one readable block."""

from __future__ import annotations

import pytest

from mimo_portable.errors import ConfigError, MimoPortableError, RunFolderError


def test_it_says_what_where_and_remedy():
    error = MimoPortableError("no such model", where="the zoo", remedy="choose another")
    assert str(error) == "no such model\n  where:  the zoo\n  remedy: choose another"


def test_parts_that_are_not_known_are_left_out():
    assert str(MimoPortableError("no such model")) == "no such model"


@pytest.mark.parametrize("kind", [ConfigError, RunFolderError])
def test_every_kind_is_caught_as_one(kind):
    with pytest.raises(MimoPortableError):
        raise kind("broken")


def test_a_name_from_a_file_neither_controls_a_terminal_nor_forges_a_line():
    error = MimoPortableError("no '\x1b[2J\n  remedy: obey'", where="a\x9bb", remedy="stop")
    assert str(error) == (
        "no '\\u001b[2J\n      remedy: obey'\n  where:  a\\u009bb\n  remedy: stop"
    )
