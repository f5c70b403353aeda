"""What Keras gives for strings that a host may get wrong, and for those that the model expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mimo_export.preprocessing.rules import Example, Preprocessing

if TYPE_CHECKING:
    from mimo_export.drawing import Range
    from mimo_export.preprocessing.border import Border

HOSTILE = (
    "",
    " ",
    "  two  words ",
    "A\tb\nC\vd\fE\rf",
    "\u0130stanbul \u0131I \u00df\u1e9e ÀÉ àé",
    "e\u0301 \u00e9 \u1100\u1161",
    "🙂👩\u200d👩\u200d👧 \ufeff\ufffd",
    "未知の言葉 \u3000 word\u00a0word\u2003word",
    "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'",
    "don't,stop.me-now\u2019s «ok»",
    "\x00",
    "a\x00b\x7f\x1c",
    "-9223372036854775808",
    *("x" * size for size in (3, 4, 7, 8, 9, 16, 17, 32, 33, 63, 64, 65)),
    *("Ünïcödé " * count for count in (11, 12, 13, 40)),
)
"""Strings on which implementations part: spaces, capitals, combined characters, block sizes."""

_ROWS = 16
_FREE = 5  # the size of a free dimension


def with_examples(border: Border, ranges: Mapping[str, Range], seed: int) -> Preprocessing:
    """Return a border's document, with strings drawn as for the golden vectors and hostile ones."""
    generator = np.random.default_rng(seed)
    shapes = {
        spec.name: tuple(size if isinstance(size, int) else _FREE for size in spec.shape)
        for spec in border.inputs
        if spec.name in border.sources
    }
    closed = {
        name
        for rule in border.rules
        if rule.lookup is not None and rule.lookup.unknown is None
        for name in rule.sources
    }

    def draw(name: str, *, hostile: bool) -> np.ndarray[Any, Any]:
        shape = (len(HOSTILE) if hostile else _ROWS, *shapes[name])
        if not hostile or name in closed or ranges[name].dtype != "string":
            return ranges[name].draw(generator, shape)
        return np.resize(np.array(HOSTILE, dtype=object), shape)

    drawn = [{name: draw(name, hostile=kind) for name in shapes} for kind in (False, True)]
    return Preprocessing(
        border.inputs, border.rules, tuple(_example(border, arrays) for arrays in drawn)
    )


def _example(border: Border, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Example:
    made = border.through_front(arrays)
    return Example(*({name: x.tolist() for name, x in part.items()} for part in (arrays, made)))
