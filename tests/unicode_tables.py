"""Write what the rule of `mimo_portable.text` needs of Unicode 14.0, for Python and for C.

`python tests/unicode_tables.py` (`nox -s unicode`) needs a Python with that version: 3.11.
"""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / "mimo_portable" / "_unicode.py"
C = ROOT / "export" / "mimo_export" / "hosts" / "c" / "templates" / "unicode.h"
VERSION = "14.0.0"

EVERY = [chr(i) for i in range(sys.maxunicode + 1) if not 0xD800 <= i < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)  # composed by arithmetic, not by a table


def python_source() -> str:
    """Return the module with the code points that have no character."""
    found = runs(i for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)) == "Cn")
    text = " ".join(f"{a:X}-{b:X}" if a != b else f"{a:X}" for a, b in found)
    lines = "\n".join(textwrap.wrap(text, 99, break_on_hyphens=False))
    head = "Code points without a character in Unicode 14.0; `nox -s unicode` writes this file."
    return f'"""{head}"""\n\nUNASSIGNED_14 = """\n{lines}\n"""\n'


def c_source() -> str:
    """Return the header with the tables of letters, lower case and normalisation."""
    tables = (
        table("letters", "Letters and numbers: first and last of each run.", 2, letters()),
        table("lowers", "Lower case: first, last, step, and what is added to each.", 4, lowers()),
        table("classes", "Combining classes other than 0: first, last, class.", 3, classes()),
        table("parts", "What a character is made of: itself, one, other or 0.", 3, parts()),
        table("pairs", "What two characters become: one, other, both.", 3, pairs()),
    )
    head = (
        "/*\n * What words.c needs of Unicode 14.0, with Python's letters in lower case and every\n"
        " * final sigma a sigma. Made from Python's unicodedata; not to be edited.\n */\n"
    )
    return head + "#include <stdint.h>\n\n" + "\n".join(tables)


def letters() -> list[tuple[int, ...]]:
    """Return the runs of categories L and N."""
    return runs(ord(c) for c in EVERY if unicodedata.category(c)[0] in "LN")


def lowers() -> list[tuple[int, ...]]:
    """Return runs of characters, one or two apart, whose lower case is equally far from them."""
    special = {"\u03c2": "\u03c3", "\u0130": "i"}  # words.c adds the dot behind the second
    found: list[list[int]] = []
    for c in EVERY:
        lower = special.get(c, c.lower())
        if lower == c:
            continue
        code, (other,) = ord(c), map(ord, lower)
        if found and found[-1][3] == other - code:
            first, last, step, _ = found[-1]
            gap = code - last
            if gap in (1, 2) and (first == last or gap == step):
                found[-1] = [first, code, gap, other - code]
                continue
        found.append([code, code, 1, other - code])
    return [tuple(item) for item in found]


def classes() -> list[tuple[int, ...]]:
    """Return runs of one combining class."""
    kinds = sorted({unicodedata.combining(c) for c in EVERY} - {0})
    found = [
        (*run, kind)
        for kind in kinds
        for run in runs(ord(c) for c in EVERY if unicodedata.combining(c) == kind)
    ]
    return sorted(found)


def parts() -> list[tuple[int, ...]]:
    """Return canonical decompositions, one step each."""
    found = []
    for c in EVERY:
        text = unicodedata.decomposition(c)
        if text and not text.startswith("<") and ord(c) not in HANGUL:
            one, *other = (int(item, 16) for item in text.split())
            found.append((ord(c), one, *other, *([0] if not other else [])))
    return found


def pairs() -> list[tuple[int, ...]]:
    """Return the decompositions that normalisation puts together again."""
    made = [item for item in parts() if item[2]]
    whole = [item for item in made if unicodedata.normalize("NFC", chr(item[0])) == chr(item[0])]
    return sorted((one, other, both) for both, one, other in whole)


def runs(codes: Iterable[int]) -> list[tuple[int, ...]]:
    """Return first and last of each run of neighbours."""
    found: list[tuple[int, int]] = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return list(found)


def table(name: str, what: str, width: int, rows: list[tuple[int, ...]]) -> str:
    """Return a table of C, as many rows in each line as fit."""
    text = " ".join("{" + ",".join(map(number, row)) + "}," for row in rows)
    lines = "\n".join(textwrap.wrap(text, 100, break_on_hyphens=False))
    return f"/* {what} */\nstatic const int32_t {name}[][{width}] = {{\n{lines}\n}};\n"


def number(value: int) -> str:
    """Return a number in C's shortest form."""
    return str(value) if abs(value) < 1000 else f"{'-' if value < 0 else ''}0x{abs(value):X}"


OUTPUTS: tuple[tuple[Path, Callable[[], str]], ...] = ((PYTHON, python_source), (C, c_source))

if __name__ == "__main__":
    if unicodedata.unidata_version != VERSION:
        sys.exit(
            f"this Python has Unicode {unicodedata.unidata_version}; {VERSION} is needed: 3.11"
        )
    for path, make in OUTPUTS:
        path.write_text(make(), encoding="utf-8")
