from __future__ import annotations

import ast
import re

import pytest

from mimo_export.markdown import cell, code, one_line, python, table, text

HOSTILE = (
    "<script>alert(1)</script>",
    "[click](javascript:x) ![x](http://a)",
    "[click]: http://a [b][click]",
    "`code` ``` fence",
    "**bold** _slanted_ ~~gone~~ $x$",
    "a\\|b\\`c",
    "| a | b |",
    "# heading",
    "- item",
    "1. item",
    "===",
    "line\nline\r\n\n```\ncode\n```",
    "\x1b[31mred\x9b\u202e\u2028",
    '"); import os; os.system("x") #',
    "&lt;b&gt;",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_mark_of_a_hostile_text_is_left(hostile: str) -> None:
    line = text(hostile)
    assert line.isprintable()
    assert not set(line) & set("<>`*\\~$")
    assert not re.search(r"\][(\[:]", line)
    assert line[0] not in "#-="
    assert not line.startswith("1. ")
    bars = f"{cell(line)}{cell(code(hostile))}".replace("\\|", "")
    assert "|" not in bars


def test_words_that_mean_nothing_to_markdown_stay_as_they_are() -> None:
    plain = "risk_output of snake_case [batch, 2] (mmHg), 5-10 %: https://a.example/b_c?d=e, 未知"
    assert text(plain) == plain
    assert code("risk_output") == "`risk_output`"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a`b", "<code>a&#96;b</code>"),
        ("<b>|", "<code>&lt;b&gt;&#124;</code>"),
        ("a\\", "<code>a&#92;</code>"),
        (" ", "<code></code>"),
        ("a\nb", "`a b`"),
    ],
)
def test_a_name_is_code_whatever_it_holds(name: str, written: str) -> None:
    assert code(name) == written


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_string_of_python_is_that_string_on_one_line(hostile: str) -> None:
    written = python(hostile)
    assert ast.literal_eval(written) == hostile
    assert written.isprintable()


def test_a_table_has_as_many_cells_as_its_header() -> None:
    assert table(("a", "b"), [("x|y", "z")]) == "| a | b |\n| --- | --- |\n| x\\|y | z |"


def test_a_line_is_one_line() -> None:
    assert one_line("a\n\tb\x1bc") == "a b c"
