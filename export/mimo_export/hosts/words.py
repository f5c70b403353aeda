"""Words of text inputs: a bundle's `vocabulary.json` for a project, and examples of the rule.

The rule from a text to ids is the one of `mimo_portable.text`. A host follows it, and its own tests
hold it against the examples: hostile strings, and words of this vocabulary.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mimo_export import manifest
from mimo_export.bundle_schema import read_words
from mimo_export.manifest import Bundle
from mimo_export.preprocessing.examples import HOSTILE
from mimo_portable import text

EXAMPLES = "words.json"

_KNOWN = 12  # words of the vocabulary that examples are made of
_HOSTILE = (
    *HOSTILE,
    "don't DON'T don\u2019t don\u02bct don\u00b4t 'no' a''b a'b'c 'tis rock'n'roll '",
    "\u0181\u018a\u0198\u01b3 \u0253\u0257\u0199\u01b4 K\u0331 k\u0331",  # hooked letters of Hausa
    "ΟΔΟΣ οδος οδοσ Σ ΑΣ. ΑΣ'ΑΣ Σ\u0301 \u0295Σ",
    "I\u0307 i\u0307 \u0130 \u0131 I\u0130\u0131i",
    "\u212b \u00c5 A\u030a \u2126 \u1e9b\u0323 \ufb01 ﬀ \u01c5",
    "\uac00 \u1100\u1161\u11a8 \u1100\u1161 \u3131 한국어",
    "a\u0315\u0300b q\u0307\u0323 \u0344 \u0958 \u2adc \U0001d15e",
    "½ ² ٣ ४ Ⅻ ① \U0001d7d8 \U00010107 \U0001e950",
    "\U00010400\U0001e900 \U0001d400 \U00020000 \U0002fa1d",
    "\U0001f1f3\U0001f1ec a\u200db a\u200cb a\u200bb a\u00adb a\ufe0fb a\u2060b",
    "שָׁלוֹם مَرْحَبًا \u202eabc\u202c",
    # Letters of newer versions of Unicode, which are none here; unassigned and private places.
    "a\u1c89b a\ua7dab a\U00010d50b a\U00016d40b a\U000323b0b a\u0378b a\ue000b a\uffffb",
    "a" * 3000,
    "Ab " * 600,
)


@dataclass(frozen=True)
class HostExample:
    """A text, its words, and per input its ids without the padding behind them."""

    text: str
    words: tuple[str, ...]
    ids: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class HostVocabulary:
    """Which inputs are made of texts, and the words that have an id.

    Attributes:
        words: By the name of each input, in the order of the ids from 2 on.
        sha256: Of the file.
        bytes: Its size.
        examples: Texts, with what the rule gives for them.
        unassigned: First and last of each run of code points that count as spaces.
    """

    words: Mapping[str, tuple[str, ...]]
    sha256: str
    bytes: int
    examples: tuple[HostExample, ...]
    unassigned: tuple[tuple[int, int], ...] = text.UNASSIGNED

    def sorted_words(self, name: str) -> tuple[tuple[str, int], ...]:
        """Return an input's words with their ids, in the order of code points, and of UTF-8."""
        ids = {word: place for place, word in enumerate(self.words[name], start=text.FIRST_WORD)}
        return tuple(sorted(ids.items()))


def read_vocabulary(bundle: Bundle) -> HostVocabulary | None:
    """Return what a bundle's `vocabulary.json` says; None where there is none.

    Raises:
        BundleError: The file is damaged, or its words are of no input [batch, length] of integers.
    """
    words = read_words(bundle.folder, bundle.signature.inputs)
    if not words:
        return None
    shapes = {spec.name: spec.shape for spec in bundle.signature.inputs}
    facts = manifest.checksum(bundle.folder / manifest.VOCABULARY)
    examples = _examples(words, {name: int(str(shapes[name][0])) for name in words})
    return HostVocabulary(words, facts["sha256"], facts["bytes"], examples)


def _examples(
    words: Mapping[str, Sequence[str]], lengths: Mapping[str, int]
) -> tuple[HostExample, ...]:
    known = [word for some in words.values() for word in some[:_KNOWN]]
    texts = (
        *_HOSTILE,
        *known,
        " ".join(known).upper(),
        unicodedata.normalize("NFD", "_".join(known)),
        "".join(known),
    )
    return tuple(
        HostExample(
            one,
            tuple(text.words(one)),
            {name: _ids(one, words[name], lengths[name]) for name in words},
        )
        for one in texts
    )


def _ids(one: str, words: Sequence[str], length: int) -> tuple[int, ...]:
    row = text.encode([one], words, length)[0].tolist()
    return tuple(i for i in row if i != text.PADDING)
