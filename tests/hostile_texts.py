"""Texts on which languages part, for hosts to be held against `mimo_portable.text`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from mimo_export import manifest
from mimo_portable import text

KNOWN = 48  # words that the small model has ids for, besides padding and the unknown word
LENGTH = 12
CHUNK = 128
MILLION = 1_000_000

_MARKS = "".join(chr(i) for i in (*range(0x300, 0x370), 0x327, 0x345, 0x5B0, 0x64B, 0x3099, 0x93C))
_POOLS = (
    "abcXYZ019 ",
    "".join(map(chr, range(0xC0, 0x250))),
    "ɓɗƙƴƁƊƘƳɠɦŋ'\u2019\u02bc\u0300\u0301\u0304\u0323",
    "ΣσςΑάΆΌ\u0301\u0345\u0308.:'\u00ad\u0295\u1d2c\u24b6 ",
    "Ii\u0131\u0307\u0130 \u0300",
    "'\u2019\u02bc\u00b4`\u2018\uff07\u2032ab ",
    "".join(map(chr, range(0x1100, 0x1200))),
    "".join(map(chr, range(0xAC00, 0xD7A4, 97))) + "\u1100\u1161\u11a7\u11a8\u11c2\u11c3\u3131",
    "😀👍🏽❤\ufe0f\u200d👩👨🇳🇬#\ufe0f\u20e31",
    "\u200b\u200c\u200d\u2060\ufeff\u202e\u202c\u2066\u2069\u00ad\u034fab",
    "\0\t\n\v\f\r\x1c\x1f \x85\xa0\u1680\u2003\u2028\u2029\u3000_a1",
    "".join(chr(i) for i in range(0x30, 0x1FBFA) if unicodedata.category(chr(i))[0] == "N"),
    "".join(map(chr, (*range(0x5D0, 0x5EB), *range(0x591, 0x5C8), *range(0x620, 0x660)))),
    "".join(map(chr, range(0x900, 0xE00))),
    "".join(map(chr, range(0x1E00, 0x2000))),
    "".join(
        map(chr, (*range(0x10400, 0x10450), *range(0x1E900, 0x1E95F), *range(0x1D400, 0x1D800)))
    ),
    "".join(map(chr, (*range(0xF900, 0xFB50), *range(0x2F800, 0x2FA20)))),
    # Letters and digits of Unicode 15 to 17, and what is assigned to nothing yet.
    "\u1c89\u1c8a\ua7cb\ua7cd\ua7da\ua7dc\u0378\u0897"
    + "".join(map(chr, (*range(0x10D40, 0x10D90), *range(0x16D40, 0x16D80), 0x323B0, 0x1E4D0))),
)


def hostile_texts(seed: int = 0) -> list[str]:
    """Return thousands of texts, every code point being in one of them; no surrogates."""
    generator = np.random.default_rng(seed)
    return [
        *_fixed(),
        *_every_code_point(),
        *_every_decomposition(generator),
        *(_drawn(generator) for _ in range(3000)),
    ]


def drawn_texts(count: int, seed: int = 1) -> list[str]:
    """Return short texts of odd letters, some much longer."""
    generator = np.random.default_rng(seed)
    drawn = [_drawn(generator) for _ in range(count)]
    return [*drawn, *("".join(drawn[i : i + 40]) for i in range(0, count, 400)), "", "é" * 100_000]


def broken_texts(seed: int = 0) -> list[str]:
    """Return texts with lone halves of surrogate pairs, which a host may be given or not."""
    generator = np.random.default_rng(seed)
    # A low half never follows a high one: in UTF-16 the two would be one character.
    halves = [chr(int(i)) for i in generator.integers(0xD800, 0xE000, 300)]
    return [f"a{half}b \u00e9{half}\u0301 {half}'{half}c'{half}" for half in halves]


def real_texts() -> list[str]:
    """Return the tweets of the real data set, or skip the test where they are not."""
    named = os.environ.get("MIMO_PORTABLE_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    path = folder / "hausa_emoji_sentiment" / "tweets.tsv"
    if not path.is_file():
        pytest.skip(f"there is no {path}; set MIMO_PORTABLE_DATA to the folder of the real sets")
    rows = path.read_text(encoding="utf-8").split("\n")[1:]
    return [row.split("\t", 3)[3] for row in rows if row]


def with_words(bundle: Path, target: Path, texts: list[str]) -> Path:
    """Copy the small bundle, with the most frequent words of some texts for its input of ids."""
    shutil.copytree(bundle, target)
    known = text.learn_vocabulary(texts, max_words=KNOWN, min_count=1)
    manifest.write_json(target / manifest.VOCABULARY, {"words": list(known)})
    manifest.write_manifest(target, {"via": "keras"})
    return target


def expected_lines(texts: list[str], bundle: Path) -> str:
    """Return texts with what `mimo_portable.text` makes of them, one JSON object in each line.

    `words` is the SHA-256 of the words with a line break between them.
    """
    known = manifest.read_json(bundle / manifest.VOCABULARY)["words"]
    lines = []
    for one, ids in zip(texts, text.encode(texts, known, LENGTH).tolist(), strict=True):
        words = hashlib.sha256("\n".join(text.words(one)).encode()).hexdigest()
        lines.append(json.dumps({"text": one, "words": words, "ids": ids}))
    return "\n".join(lines)


def expected_bytes(texts: list[str], bundle: Path) -> bytes:
    """Return the same for `prove_words.c`: text and words with their lengths, then the ids.

    Each word has a line break behind it; half of a surrogate pair is three bytes, which are no
    UTF-8.
    """
    known = manifest.read_json(bundle / manifest.VOCABULARY)["words"]
    parts = []
    for one, ids in zip(texts, text.encode(texts, known, LENGTH), strict=True):
        words = "".join(f"{word}\n" for word in text.words(one)).encode()
        raw = one.encode("utf-8", "surrogatepass")
        parts += [struct.pack("<I", len(raw)), raw, struct.pack("<I", len(words)), words]
        parts.append(ids.astype("<i4").tobytes())
    return b"".join(parts)


def _fixed() -> list[str]:
    return [
        "",
        " ",
        " \t\n" * 40,
        "a" * MILLION,
        "ab'c " * (MILLION // 5),
        "\u00e9\u0301" * (MILLION // 4),
        "a" + "\u0301\u0323" * 10_000,  # Python needs the square of their number
        "\u1100\u1161\u11a8" * (MILLION // 9),
        "😀" * (MILLION // 4),
        "Σ" * (MILLION // 2),
        "'" * MILLION,
    ]


def _every_code_point() -> list[str]:
    """Return each in a word, so that what separates words is seen."""
    codes = [i for i in range(sys.maxunicode + 1) if not 0xD800 <= i < 0xE000]
    chunks = (codes[i : i + CHUNK] for i in range(0, len(codes), CHUNK))
    return [" ".join(f"a{chr(i)}b" for i in chunk) for chunk in chunks]


def _every_decomposition(generator: np.random.Generator) -> list[str]:
    """Return each character with one, taken apart, with marks that change its order."""
    found = [chr(i) for i in range(sys.maxunicode + 1) if unicodedata.decomposition(chr(i))]
    parts = [unicodedata.normalize("NFD", c) for c in found]
    marks = generator.choice(list(_MARKS), (len(parts), 2))
    words = [
        f"{c}x {part}{one}y {part}{one}{two}"
        for c, part, (one, two) in zip(found, parts, marks, strict=True)
    ]
    return [" ".join(words[i : i + 32]) for i in range(0, len(words), 32)]


def _drawn(generator: np.random.Generator) -> str:
    pools = generator.choice(len(_POOLS), 1 + int(generator.integers(3)))
    letters = [*"".join(_POOLS[i] for i in pools), *generator.choice(list(_MARKS), 8), " "]
    return "".join(generator.choice(letters, int(generator.integers(1, 60))))
