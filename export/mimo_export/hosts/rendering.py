"""Templates: files in their own language, with `<%= value %>` and `<% for ... %>` in them.

The marks are those that editors know in any language, and that C, C++, TypeScript, JSON, TOML,
CMake and HTML have no use for, as they have for braces. A name that the picture of the bundle does
not hold is an error. What a template writes comes from a bundle, hence from anywhere: texts go
through `text`, `comment`, `cell` or `code`, never as they are.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from mimo_export import markdown


def environment(folders: Sequence[Path], escapes: str) -> jinja2.Environment:
    """Return what renders the templates of some folders, the first that has one wins.

    Args:
        folders: Of templates.
        escapes: How the language writes a string: a name in `ESCAPES`.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<%=",
        variable_end_string="%>",
        comment_start_string="<%#",
        comment_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Sources, not pages: `text` escapes for the language, `e` where the language is HTML.
        autoescape=False,  # noqa: S701
    )
    made.filters |= {"text": ESCAPES[escapes], "json": _json, "comment": comment, "cell": _cell}
    made.filters |= {"code": _code, "line": markdown.one_line, "word": _word}
    return made


def comment(text: str, prefix: str = "", width: int = 96) -> str:
    """Return a text for a comment: it cannot end the comment, nor go on behind it.

    Args:
        text: Any text; it becomes one paragraph.
        prefix: What stands before every line but the first, such as `   * `.
        width: Columns, the prefix included.
    """
    plain = " ".join(_shown(text).split())
    # A backslash joins lines in C and starts an escape in Java, in comments too.
    plain = plain.replace("\\", "\N{SET MINUS}").replace("*/", "* /").replace("/*", "/ *")
    return f"\n{prefix}".join(
        textwrap.wrap(plain, max(20, width - len(prefix)), break_long_words=False)
    )


def _cell(text: str) -> str:
    """Return a text for a heading, or a cell of a Markdown table."""
    return markdown.cell(markdown.text(text))


def _code(text: str) -> str:
    """Return a name as code in a cell of a Markdown table."""
    return markdown.cell(markdown.code(text))


def _word(text: object) -> str:
    """Return what stands for a size in a sample of code: letters, digits and underscores."""
    return re.sub("[^A-Za-z0-9_]+", "_", str(text))


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_text(text: str) -> str:
    """Return a string in quotes for JSON, TypeScript and their like, safe in a page's script."""
    quoted = json.dumps(str(text), ensure_ascii=False)
    return re.sub(
        "[<\ud800-\udfff\u2028\u2029\u007f-\u009f]", lambda found: f"\\u{ord(found[0]):04x}", quoted
    )


def _octal_text(text: str) -> str:
    """Return a string in quotes for C and C++: UTF-8, every odd byte as three octal digits."""
    plain = set(range(32, 127)) - set(b'"\\?')
    bytes_ = str(text).encode("utf-8", "surrogatepass")
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in bytes_) + '"'


ESCAPES: Mapping[str, Callable[[str], str]] = {"json": _json_text, "octal": _octal_text}
