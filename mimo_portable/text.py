r"""Text to token ids, by a rule that any language can repeat exactly, with any version of Unicode.

The rule, in this order:

1. What Unicode 14.0 has no character for (`UNASSIGNED`) becomes a space: a newer Python or browser
   knows more letters than an older one, and must find the same words.
2. Normalise the text to Unicode NFC, so that a letter and its accent are one character whichever
   keyboard wrote them.
3. Lower-case it with Unicode's full default mapping (`str.lower`, JavaScript's `toLowerCase`),
   which looks at no locale, and write every final sigma (U+03C2) as a sigma (U+03C3): where a word
   ends is what versions of Unicode disagree about.
4. A word is a run of letters and numbers (Unicode categories L and N), with at most one ASCII
   apostrophe between two such runs: `[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)?`, matched from the left
   without overlap. Everything else, the underscore and combining marks included, only separates
   words; so does half of a surrogate pair, or a byte that is no UTF-8.
5. A word's id is its place in the vocabulary plus 2. Id 0 is padding, id 1 any word that the
   vocabulary does not hold.
6. The first `length` ids are kept, and padding fills the row on the right. A text without a word
   becomes one unknown word: a row of padding alone would give a mean over nothing behind a mask.

Python 3.11 has Unicode 14.0. For the characters of that version nothing that the rule asks for has
changed up to 17.0: `tests/mimo_export/hosts/node` compares every one of them in Node.js.

The vocabulary is the words of the training texts that occur at least `MIN_COUNT` times, the most
frequent first, equally frequent ones in the order in which they first occur, cut after `MAX_WORDS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mimo_portable._unicode import UNASSIGNED_14

Array = np.ndarray[Any, np.dtype[Any]]

PADDING, UNKNOWN, FIRST_WORD = 0, 1, 2
MAX_WORDS = 8000
MIN_COUNT = 2

UNASSIGNED = tuple(
    (int(first, 16), int(last or first, 16))
    for first, _, last in (item.partition("-") for item in UNASSIGNED_14.split())
)
"""Code points without a character in Unicode 14.0, as first and last of each run."""

_RUNS = [f"{chr(a)}-{chr(b)}" for a, b in UNASSIGNED]
_BASIC, _OTHER = (
    "".join(run for run in _RUNS if (run < "\U00010000") is low) for low in (True, False)
)
# In two parts, because Python looks characters up in a map below U+10000, and in a list above.
_UNASSIGNED = re.compile(f"[{_BASIC}]|(?=[\U00010000-\U0010ffff])[{_OTHER}]")

# Python's \w is exactly [\p{L}\p{N}_] (a test walks all of Unicode), so this is the rule above.
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def words(text: str) -> list[str]:
    """Split a text into its words.

    >>> words("Ina ƙaunar_ki, DON'T go! 2'''x")
    ['ina', 'ƙaunar', 'ki', "don't", 'go', '2', 'x']
    """
    known = text if text.isascii() else _UNASSIGNED.sub(" ", text)
    lower = unicodedata.normalize("NFC", known).lower()
    return _WORD.findall(lower.replace("\u03c2", "\u03c3"))


def learn_vocabulary(
    texts: Iterable[str], *, max_words: int = MAX_WORDS, min_count: int = MIN_COUNT
) -> tuple[str, ...]:
    """Return the vocabulary of the training texts, in the order of its ids from 2 on.

    >>> learn_vocabulary(["b a", "a b c", "a"])
    ('a', 'b')
    """
    counts = Counter(word for text in texts for word in words(text))
    return tuple(word for word, n in counts.most_common(max_words) if n >= min_count)


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> Array:
    """Return the ids of the texts, int32 [n, length].

    >>> encode(["b d a", "..."], ("a", "b"), 4).tolist()
    [[3, 1, 2, 0], [1, 0, 0, 0]]
    """
    ids = {word: i + FIRST_WORD for i, word in enumerate(vocabulary)}
    tokens = np.full((len(texts), length), PADDING, np.int32)
    for row, text in zip(tokens, texts, strict=True):
        found = [ids.get(word, UNKNOWN) for word in words(text)][:length] or [UNKNOWN]
        row[: len(found)] = found
    return tokens


def vocabulary_size(vocabulary: Sequence[str]) -> int:
    """Return how many ids there are, padding and the unknown word included."""
    return len(vocabulary) + FIRST_WORD
