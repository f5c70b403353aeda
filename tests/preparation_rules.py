"""Rules of every kind, beside the small model, for hosts to be held against the reference."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimo_export import manifest
from mimo_export.preprocessing.reference import apply
from mimo_export.preprocessing.rules import (
    Bucket,
    Encoding,
    Example,
    Lookup,
    Preprocessing,
    Rule,
    Text,
    write_preprocessing,
)
from mimo_portable.specs import TensorSpec

LENGTH = 12
WORDS = ("a", "b", "ab", "é", "e\u0301", "🙂", "ΑΣ", "-", "don't", "a b")
KEY = (3, 2**63 - 1)  # beyond the integers that a double holds
NUMBERS = Encoding("int", 50)
SHAPES: dict[str, tuple[int, ...]] = {
    "words": (LENGTH,),
    **dict.fromkeys(("letters", "whole", "several"), (14,)),
    "known": (2,),
    **dict.fromkeys(("place", "keyed", "both"), ()),
}
"""What the rules give, without the batch."""

COMMENT = TensorSpec("comment", (), "string")
TAGS = TensorSpec("tags", (2,), "string")
CODE = TensorSpec("code", (), "int64")
ECG = TensorSpec("ecg", (16, 1), "float32")


def rule(name: str, kind: str, encoding: Encoding = NUMBERS, **parts: Any) -> Rule:
    """Return a rule; `words` is the input of the small model."""
    spec = TensorSpec(name, SHAPES[name], parts.pop("dtype", "int64"))
    return Rule(spec, parts.pop("sources", ("comment",)), name, kind, encoding, **parts)


def table(**changes: Any) -> Lookup:
    """Return a lookup of the words; ids are below 50."""
    plain = {"vocabulary": WORDS, "first": 4, "unknown": 1, "bucket": None}
    return Lookup(**{**plain, "mask": None, "mask_id": 0, **changes})


SPLIT = Text(lower=True, strip="!?.,'\"🙂", split="whitespace", ngrams=None, length=LENGTH)
LETTERS = Text(lower=False, strip="", split="character", ngrams=(1, 2), length=None)
WHOLE = Text(lower=True, strip="", split=None, ngrams=None, length=None)
COUNTS = Encoding("count", 14, tuple(0.1 * i for i in range(14)))

RULES = (
    rule("words", "text", dtype="int32", text=SPLIT, lookup=table(mask="", bucket=Bucket(3))),
    rule("letters", "text", COUNTS, dtype="float32", text=LETTERS, lookup=table()),
    rule("whole", "text", Encoding("one_hot", 14), text=WHOLE, lookup=table()),
    rule("known", "lookup", sources=("tags",), lookup=table(bucket=Bucket(3, KEY), mask="a")),
    rule("several", "lookup", Encoding("multi_hot", 14), sources=("tags",), lookup=table()),
    rule("place", "hash", bucket=Bucket(10**9)),
    rule("keyed", "hash", bucket=Bucket(10**9, KEY), mask=""),
    rule("both", "cross", sources=("comment", "code"), bucket=Bucket(10**9)),
)


def rows_of(texts: Sequence[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Return what a user gives: each text, two of its neighbours, and an integer."""
    column = np.array([*texts], dtype=object)
    codes = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, len(texts))
    return {"comment": column, "tags": np.stack([column, np.roll(column, 1)], 1), "code": codes}


def with_rules(bundle: Path, target: Path, texts: Sequence[str]) -> Path:
    """Copy the small bundle, with rules, and texts as their examples."""
    shutil.copytree(bundle, target)
    rows = rows_of(texts)
    made = {one.output.name: apply(one, rows).tolist() for one in RULES}
    example = Example({name: x.tolist() for name, x in rows.items()}, made)
    write_preprocessing(target, Preprocessing((ECG, COMMENT, TAGS, CODE), RULES, (example,)))
    manifest.write_manifest(target, {"via": "keras"})
    return target


def expected_lines(texts: Sequence[str]) -> Iterator[str]:
    """Give for each text, as one row, what each rule makes of it, integers as their digits."""
    rows = rows_of(texts)
    for i in range(len(texts)):
        row = {name: x[i : i + 1] for name, x in rows.items()}
        made = [apply(one, row) for one in RULES]
        yield json.dumps(
            {
                "given": {**{k: x.tolist() for k, x in row.items()}, "code": [str(row["code"][0])]},
                "made": [
                    [str(v) if x.dtype.kind == "i" else v for v in x.ravel().tolist()] for x in made
                ],
            }
        )


def expected_bytes(texts: Sequence[str]) -> bytes:
    """Return the same for `prove_rules.c`, in batches of 1 to 7 texts, all numbers as uint32.

    A batch is how many rows there are; length and UTF-8 of each string; the integers; then for each
    rule how many dimensions there are, their sizes, and the elements as they are in memory.
    """
    rows = rows_of(texts)
    parts: list[bytes] = []
    start = 0
    while start < len(texts):
        end = min(start + 1 + start % 7, len(texts))
        batch = {name: x[start:end] for name, x in rows.items()}
        parts.append(struct.pack("<I", end - start))
        for name in ("comment", "tags"):
            for text in batch[name].ravel().tolist():
                raw = text.encode()
                parts += [struct.pack("<I", len(raw)), raw]
        parts.append(batch["code"].astype("<i8").tobytes())
        for one in RULES:
            made = apply(one, batch)
            parts += [struct.pack(f"<{1 + made.ndim}I", made.ndim, *made.shape), made.tobytes()]
        start = end
    return b"".join(parts)
