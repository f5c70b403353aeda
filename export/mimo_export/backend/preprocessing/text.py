"""TextVectorization: text to words and their ids, with operators that read no locale.

TensorFlow, which Keras computes this with, lowers and strips bytes: the ASCII letters, the ASCII
punctuation, and splits at ASCII whitespace. ONNX's StringNormalizer lowers all of Unicode, and only
where the machine has the locale that the file names, so it is not used: a character is replaced by
splitting at it and joining the pieces. UTF-8 holds ASCII bytes for ASCII characters alone, so that
is exact for any text.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op, op_multi
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, while_loop
from mimo_export.backend.numpy import shaping
from mimo_export.backend.preprocessing.lookup import look_up
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import own_form
from mimo_export.preprocessing.rules import KEEP_BESIDE

_REPLACED = {
    "lower": dict(zip(string.ascii_uppercase, string.ascii_lowercase, strict=True)),
    "strip_punctuation": dict.fromkeys(string.punctuation, ""),
}
_SPACES = dict.fromkeys("\t\n\v\f\r", " ")


@own_form(keras.layers.TextVectorization)
def text_vectorization(layer: Any, inputs: Any) -> TracedTensor:
    """Standardise, split, join neighbours, look up; what is no word is an empty string."""
    config = layer.get_config()
    _check(config)
    words = convert_to_tensor(inputs)
    for kind, replaced in _REPLACED.items():
        if kind in str(config["standardize"]):
            words = _replace(words, replaced)
    if config["split"]:
        words = _split(shaping.squeeze(words, -1) if words.ndim > 1 else words)
    if config["ngrams"]:
        words = _ngrams(words, config["ngrams"], ragged=bool(config["split"]))
    ids = look_up(layer._lookup_layer, words)
    length = config["output_sequence_length"]
    return ids if length is None else _of_length(ids, length)


def _check(config: Mapping[str, Any]) -> None:
    for option in ("standardize", "split"):
        if not isinstance(config[option], str | None):
            raise UnsupportedOperationError(
                f"a function as `{option}` is code that is not part of the model",
                remedy=f"use one of Keras's own values of `{option}`, or do it to the data",
            )
    if config["split"] == "character":
        raise UnsupportedOperationError(
            "ONNX has no operator that splits a string into its characters",
            remedy="put spaces between the characters of the data, and split='whitespace'; "
            + KEEP_BESIDE,
        )
    if config["ragged"]:
        raise UnsupportedOperationError(
            "a ragged tensor has no ONNX form", remedy="make the layer with ragged=False"
        )


# === Characters ===


def _replace(x: TracedTensor, replaced: Mapping[str, str]) -> TracedTensor:
    """Return x with another text, or none, for each of some ASCII characters."""
    sizes = [_shapes.size_of(x, axis) for axis in range(x.ndim)]
    x = _shapes.reshape(x, [-1])
    blank = _shapes.expand(constant("", "string"), [_shapes.size_of(x, 0), 1])
    for old, new in replaced.items():
        pieces, counts = op_multi("StringSplit", x, delimiter=old, outputs=2)
        x = _joined(_preceded(pieces, counts, new) if new else pieces, blank)
    return _shapes.reshape(x, sizes)


def _preceded(pieces: TracedTensor, counts: TracedTensor, text: str) -> TracedTensor:
    """Return pieces [texts, most pieces] with a text before each of them but the first.

    Args:
        pieces: Each row ends in padding, which stays as it is.
        counts: How many pieces of each row are none of it.
        text: The text.
    """
    zero = constant(0, "int64")
    places = op("Range", zero, op("Squeeze", op("Shape", pieces, start=1)), constant(1, "int64"))
    real = op("Less", places, op("Unsqueeze", counts, ints(1)))
    later = op("And", op("Greater", places, zero), real)
    fronts = op("Where", later, constant(text, "string"), constant("", "string"))
    return op("StringConcat", fronts, pieces)


def _joined(pieces: TracedTensor, blank: TracedTensor) -> TracedTensor:
    """Return each row of pieces as one text, in a logarithmic number of steps.

    Args:
        pieces: [texts, most pieces].
        blank: An empty piece for each text.
    """

    def several(x: TracedTensor) -> TracedTensor:
        return op("Greater", op("Shape", x, start=1), ints(1))

    def in_pairs(x: TracedTensor) -> TracedTensor:
        # With an empty piece behind, the second of each pair is always there.
        padded = op("Concat", x, blank, axis=1)
        return op("StringConcat", padded[:, :-1:2], padded[:, 1::2])

    return op("Concat", while_loop(several, in_pairs, pieces), blank, axis=1)[:, 0]


# === Words ===


def _split(x: TracedTensor) -> TracedTensor:
    """Return the words between whitespace along a new axis, empty strings behind them."""
    words, _ = op_multi("StringSplit", _replace(x, _SPACES), delimiter=" ", outputs=2)
    return _compacted(words)


def _compacted(words: TracedTensor) -> TracedTensor:
    """Return the strings that are not empty first, in their order; as many as the longest row."""
    empty = op("Equal", words, constant("", "string"))
    axis, one = constant(-1, "int64"), constant(1, "int64")
    there, gone = cast(op("Not", empty), "int64"), cast(empty, "int64")
    seen, missed = op("CumSum", there, axis), op("CumSum", gone, axis)
    total = op("ReduceSum", there, ints(-1), keepdims=1)
    numbers = op("Sub", op("Add", seen, missed), one)
    places = op("Sub", op("Where", empty, op("Add", total, missed), seen), one)
    order = op("ScatterElements", numbers, places, numbers, axis=-1)
    return op("GatherElements", words, order, axis=-1)[..., : op("ReduceMax", total, keepdims=0)]


def _ngrams(words: TracedTensor, widths: Any, *, ragged: bool) -> TracedTensor:
    """Return neighbouring words joined by spaces: all of the first width, then of the next.

    Args:
        words: Along the last axis; if ragged, the empty strings at its end are no words.
        widths: How many neighbours: each of a tuple, or 1 up to a number.
        ragged: Whether rows have different lengths.
    """
    wanted = range(1, widths + 1) if isinstance(widths, int) else widths
    grams = [_neighbours(words, width, ragged=ragged) for width in wanted]
    found = op("Concat", *grams, axis=-1) if len(grams) > 1 else grams[0]
    return _compacted(found) if ragged else found


def _neighbours(words: TracedTensor, width: int, *, ragged: bool) -> TracedTensor:
    """Return each word that has enough words behind it, joined with them."""
    joined = words
    for place in range(1, width):
        following = op("StringConcat", constant(" ", "string"), words[..., place:])
        joined = op("StringConcat", joined[..., :-1], following)
        if ragged:
            missing = op("Equal", words[..., place:], constant("", "string"))
            joined = op("Where", missing, constant("", "string"), joined)
    return joined


def _of_length(ids: TracedTensor, length: int) -> TracedTensor:
    """Return ids cut, or filled with zeros, to a length."""
    sizes = [_shapes.size_of(ids, axis) for axis in range(ids.ndim - 1)]
    zeros = _shapes.full([*sizes, length], 0, ids.dtype)
    filled = op("Concat", ids, zeros, axis=-1)
    types = [(ids.dtype, (*ids.dims[:-1], length))]
    return op("Slice", filled, ints(0), ints(length), ints(-1), types=types)
