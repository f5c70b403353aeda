"""Markdown around texts from anywhere: what a model or its data are called is never markup.

1. `text`: words of a paragraph or a cell, as they are;
2. `code`: a name as code, whatever it holds;
3. `python`: a string of a Python sample;
4. `table`: rows of such fragments.

Marks become HTML's entities, which mean the same everywhere; a backslash before a bar would not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

# Underscores within a word, and brackets that no link follows, are letters to Markdown too.
_MARKS = re.compile(r"[&<>`*\\~$]|\](?=[(\[:])|(?<![^\W_])_|_(?![^\W_])")
_BLOCK = re.compile(r"(?:#{1,6}|[-+=]+|[0-9]{1,9}[.)])(?:\s|$)")
_PLAIN = re.compile(r"[^`|\\]+")


def text(value: object) -> str:
    """Return words on one line that no reader of Markdown takes for markup.

    >>> text("<b>*5* | risk_output")
    '&lt;b&gt;&#42;5&#42; | risk_output'
    """
    line = _MARKS.sub(lambda found: _entity(found[0]), one_line(value))
    return _entity(line[0]) + line[1:] if _BLOCK.match(line) else line


def code(value: object) -> str:
    """Return a name as code.

    >>> code("risk"), code("a`|b")
    ('`risk`', '<code>a&#96;&#124;b</code>')
    """
    line = one_line(value)
    if line.strip() and _PLAIN.fullmatch(line):
        return f"`{line}`"
    return f"<code>{text(line).replace('|', '&#124;')}</code>"


def python(value: str) -> str:
    r"""Return a string of Python's on one line, whatever it holds.

    >>> print(python('"); import os #'), python("\n"))
    "\"); import os #" '\n'
    """
    return json.dumps(value, ensure_ascii=False) if value.isprintable() else repr(value)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose cells are fragments from this module, or constants."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def cell(fragment: str) -> str:
    """Return a fragment as it is written in a table, which bars would divide."""
    return fragment.replace("|", "\\|")


def one_line(value: object) -> str:
    """Return a text without control characters, on one line."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return " ".join(shown.split())


def _entity(letter: str) -> str:
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(letter, f"&#{ord(letter)};")
