"""Text from anywhere, made fit to be printed: a terminal obeys control characters.

Names, labels and meanings come from files that a stranger may have written. An escape sequence in
one could hide a line, forge one, or set the clipboard of the person who reads it.
"""

from __future__ import annotations

import re

# Control characters but the end of a line, separators of lines and paragraphs, what turns the
# direction of reading, halves of surrogate pairs.
_UNFIT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return a text with such characters as JSON writes them, which JSON itself survives.

    >>> print(printable("a\x1b[31mb"))
    a\u001b[31mb
    """
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
