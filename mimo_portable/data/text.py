r"""Text to token ids, by a rule that another language can repeat exactly.

The rule, in this order:

1. Normalise the text to Unicode NFC, so that a letter and its accent are one character whichever
   keyboard wrote them.
2. Lower-case it with Unicode's full default mapping (`str.lower`, JavaScript's `toLowerCase`),
   which looks at no locale.
3. A word is a run of letters and numbers (Unicode categories L and N), with at most one ASCII
   apostrophe between two such runs: `[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)?`, matched from the left
   without overlap. Everything else, the underscore and combining marks included, only separates
   words.
4. A word's id is its place in the vocabulary plus 2. Id 0 is padding, id 1 any word that the
   vocabulary does not hold.
5. The first `length` ids are kept, and padding fills the row on the right. A text without a word
   becomes one unknown word: a row of padding alone would give a mean over nothing behind a mask.

The vocabulary is the words of the training texts that occur at least `MIN_COUNT` times, the most
frequent first, equally frequent ones in the order in which they first occur, cut after `MAX_WORDS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from mimo_portable.data.contract import Array

PADDING, UNKNOWN, FIRST_WORD = 0, 1, 2
MAX_WORDS = 8000
MIN_COUNT = 2

# Python's \w is exactly [\p{L}\p{N}_] (a test walks all of Unicode), so this is the rule above.
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def words(text: str) -> list[str]:
    """Split a text into its words.

    >>> words("Ina ƙaunar_ki, DON'T go! 2'''x")
    ['ina', 'ƙaunar', 'ki', "don't", 'go', '2', 'x']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


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
