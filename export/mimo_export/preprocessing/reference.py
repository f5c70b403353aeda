"""What the rules of `preprocessing.json` compute, with Python and NumPy alone.

Every step reads like its description in `rules`; a host in another language can follow it line by
line, and hold itself against the document's examples.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from mimo_export.errors import BundleError, InputError
from mimo_export.preprocessing.fingerprint import combine, farm_hash, sip_hash
from mimo_export.preprocessing.rules import (
    EXPORT_AGAIN,
    FILE,
    NOTHING,
    Bucket,
    Encoding,
    Example,
    Lookup,
    Preprocessing,
    Rule,
    Text,
)

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]

Part = TypeVar("Part")

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_PIECES = re.compile(r"[^\t-\r ]+")
_CROSSING_KEY = 0xDECAFCAFFE  # TensorFlow's, of tf.sparse.cross_hashed


def prepared(document: Preprocessing, arrays: Arrays) -> dict[str, Array]:
    """Return what a user has, and what the rules make of it, which may have a source's name.

    Args:
        document: The rules.
        arrays: Strings and numbers [batch, ...] under the names of `document.inputs`.

    Raises:
        InputError: A string is not in a vocabulary that has no place for others, or is no text.
    """
    return {**arrays, **{rule.output.name: apply(rule, arrays) for rule in document.rules}}


def example_problems(document: Preprocessing) -> tuple[str, ...]:
    """Return where this module and Keras differ on the document's examples, a line for each."""
    problems: list[str] = []
    for number, example in enumerate(document.examples):
        try:
            problems += _missed(document, example, f"on example {number}")
        except (KeyError, TypeError, ValueError, InputError) as error:
            problems.append(f"example {number} cannot be followed: {str(error).splitlines()[0]}")
    return tuple(problems)


def _missed(document: Preprocessing, example: Example, place: str) -> list[str]:
    dtypes = {
        spec.name: object if spec.dtype == "string" else spec.dtype for spec in document.inputs
    }
    arrays = {name: np.array(x, dtype=dtypes[name]) for name, x in example.inputs.items()}
    return [
        f"the rule of '{rule.output.name}' does not give what Keras gave {place}"
        for rule in document.rules
        if not np.array_equal(
            np.array(example.outputs[rule.output.name], rule.output.dtype), apply(rule, arrays)
        )
    ]


def apply(rule: Rule, arrays: Arrays) -> Array:
    """Return what one rule makes of its sources.

    Raises:
        InputError: A string is not in a vocabulary that has no place for others, or is no text.
    """
    given = [arrays[name] for name in rule.sources]
    if rule.kind == "cross":
        ids = _crossed(rule, given)
    elif rule.kind == "hash":
        ids = _each(given[0], lambda text: _hashed(rule, text))
    elif rule.text is None:
        ids = _looked_up(rule, given[0])
    else:
        ids = _of_text(rule, rule.text, given[0])
    return _encoded(ids, rule.encoding).astype(rule.output.dtype)


# === Strings ===


def _bytes(text: str, rule: Rule) -> bytes:
    try:
        return str(text).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{text!r} is no text: half of a character that needs two is missing",
            where=f"input '{rule.sources[0]}'",
            remedy="decode the data with the right encoding",
        ) from error


def _each(x: Array, function: Any) -> Array:
    """Return an int64 for each string of an array."""
    flat = [function(text) for text in x.reshape(-1).tolist()]
    return np.array(flat, dtype="int64").reshape(x.shape)


def bucket_of(data: bytes, bucket: Bucket) -> int:
    """Return the bucket of some bytes."""
    hashed = farm_hash(data) if bucket.key is None else sip_hash(data, bucket.key)
    return hashed % bucket.count


def _hashed(rule: Rule, text: str) -> int:
    bucket = _required(rule.bucket)
    if rule.mask is None:
        return bucket_of(_bytes(text, rule), bucket)
    return 0 if text == rule.mask else 1 + bucket_of(_bytes(text, rule), bucket)


def _crossed(rule: Rule, given: Sequence[Array]) -> Array:
    shapes = [x.shape for x in given]
    if len(set(shapes)) > 1:
        raise InputError(
            f"the shapes differ: {', '.join(map(str, shapes))}",
            where=f"inputs {', '.join(map(repr, rule.sources))}",
            remedy="give them in one shape: they are combined place by place",
        )
    columns = [x.reshape(-1).tolist() for x in given]
    made = []
    for row in zip(*columns, strict=True):
        hashed = _CROSSING_KEY
        for item in row:
            is_text = isinstance(item, str)
            word = farm_hash(_bytes(item, rule)) if is_text else int(item) % 2**64
            hashed = combine(hashed, word)
        made.append(hashed % _required(rule.bucket).count)
    return np.array(made, dtype="int64").reshape(given[0].shape)


# === Words ===


def _looked_up(rule: Rule, x: Array) -> Array:
    lookup = _required(rule.lookup)
    table = {word: lookup.first + i for i, word in enumerate(lookup.vocabulary)}
    return _each(x, lambda text: _id(rule, lookup, table, text))


def _id(rule: Rule, lookup: Lookup, table: Mapping[str, int], text: str) -> int:
    if lookup.mask is not None and text == lookup.mask:
        return lookup.mask_id
    if text in table:
        return table[text]
    if lookup.unknown is None:
        raise InputError(
            f"{text!r} is not in the vocabulary, which has no place for unknown strings",
            where=f"input '{rule.sources[0]}'",
            remedy="give words of the vocabulary in preprocessing.json",
        )
    place = 0 if lookup.bucket is None else bucket_of(_bytes(text, rule), lookup.bucket)
    return lookup.unknown + place


def _of_text(rule: Rule, text: Text, x: Array) -> Array:
    """Return ids [batch, ..., pieces]; behind the pieces of a shorter row, what counts as none."""
    texts = [_standard(text, item) for item in x.reshape(-1).tolist()]
    if text.split is not None:
        rows = [_split(text.split, item) for item in texts]
        leading = x.shape[:-1] if x.ndim > 1 else x.shape
    elif x.ndim == 1:
        return _looked_up(rule, np.array(texts, dtype=object))
    else:
        rows = np.array(texts, dtype=object).reshape(-1, x.shape[-1]).tolist()
        leading = x.shape[:-1]
    if text.ngrams is not None:
        rows = [_ngrams(row, text.ngrams) for row in rows]
    longest = max(map(len, rows), default=0) if text.length is None else text.length
    ids = np.full((len(rows), longest), 0 if rule.encoding.mode == "int" else NOTHING)
    for row, pieces in zip(ids, rows, strict=True):
        found = _looked_up(rule, np.array(pieces, dtype=object))[:longest]
        row[: len(found)] = found
    return ids.reshape(*leading, longest)


def _standard(text: Text, item: str) -> str:
    lowered = str(item).translate(_LOWER) if text.lower else str(item)
    return lowered.translate(str.maketrans("", "", text.strip))


def _split(how: str, item: str) -> list[str]:
    return list(item) if how == "character" else _PIECES.findall(item)


def _ngrams(pieces: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        " ".join(pieces[start : start + width])
        for width in widths
        for start in range(len(pieces) - width + 1)
    ]


# === Vectors ===


def _encoded(ids: Array, encoding: Encoding) -> Array:
    if encoding.mode == "int":
        return ids
    depth = encoding.depth
    if encoding.mode == "one_hot":
        ids = ids[..., 0] if ids.ndim > 1 and ids.shape[-1] == 1 else ids
        return np.asarray(ids[..., None] == np.arange(depth))
    rows = np.moveaxis(ids, 1, -1)
    # By name, because -1 has no size beside rows of no pieces.
    flat = rows.reshape(math.prod(rows.shape[:-1]), rows.shape[-1])
    known = [row[(row >= 0) & (row < depth)] for row in flat]
    counted = [np.bincount(row, minlength=depth) for row in known]
    counts = np.array(counted, dtype="int64").reshape(*rows.shape[:-1], depth)
    if encoding.mode == "multi_hot":
        return np.asarray(counts > 0)
    if encoding.weights is None:
        return counts
    return np.asarray(counts.astype("float32") * np.array(encoding.weights, "float32"))


def _required(part: Part | None) -> Part:
    if part is None:
        raise BundleError(
            "a rule lacks a part that its kind has",
            where=FILE,
            remedy=EXPORT_AGAIN,
        )
    return part
