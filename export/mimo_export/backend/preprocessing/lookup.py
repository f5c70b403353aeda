"""StringLookup and IntegerLookup: one LabelEncoder, whose table is the vocabulary.

What is not in the vocabulary gets the table's default. Where Keras spreads such values over several
places it takes an integer's remainder, which ONNX can do, or the bytes of its text, which for a
string no operator can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras

from mimo_export.backend._graph import constant, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import creation
from mimo_export.backend.preprocessing._encoding import encode
from mimo_export.backend.preprocessing._fingerprint import hash_bucket
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import own_form

_UNKNOWN = -1


@own_form(keras.layers.StringLookup)
@own_form(keras.layers.IntegerLookup)
def look_up(layer: Any, inputs: Any) -> TracedTensor:
    """One LabelEncoder, and the encoding that `output_mode` asks for."""
    x = cast(inputs, "int64") if _keys_are_integers(layer) else convert_to_tensor(inputs)
    _check(layer)
    if layer.invert:
        return _inverted(layer, x)
    depth = _depth(layer)
    ids = _ids(layer, x, depth)
    if layer.output_mode != "tf_idf":
        return encode(ids, layer.output_mode, depth, "int64")
    weights = constant(layer.idf_weights_const.numpy())
    return op("Mul", encode(ids, "count", depth, weights.dtype), weights)


def _keys_are_integers(layer: Any) -> bool:
    return layer.invert or layer.vocabulary_dtype != "string"


def _check(layer: Any) -> None:
    if layer.sparse:
        raise UnsupportedOperationError(
            "a sparse tensor has no ONNX form", remedy="make the layer with sparse=False"
        )
    if getattr(layer, "encoding", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedOperationError(
            f"strings in ONNX are UTF-8, and the layer reads {layer.encoding}",
            remedy="make the layer with encoding='utf-8'",
        )
    if not layer.get_vocabulary(include_special_tokens=False):
        raise UnsupportedOperationError(
            "the layer has no vocabulary yet",
            remedy="call its adapt(data) or set_vocabulary(words) before the export",
        )


def _depth(layer: Any) -> int:
    return int(layer.max_tokens if layer.pad_to_max_tokens else layer.vocabulary_size())


def _ids(layer: Any, x: TracedTensor, depth: int) -> TracedTensor:
    """Return the id of each value; `depth` for what the encoding drops.

    The vocabulary is: the mask token where ids are the output, the places for unknown values, the
    words.
    """
    words = layer.get_vocabulary(include_special_tokens=False)
    first = layer.vocabulary_size() - len(words)
    table = {word: first + i for i, word in enumerate(words)}
    if layer.mask_token is not None:
        table[layer.mask_token] = 0 if layer.output_mode == "int" else depth
    start = first - layer.num_oov_indices
    if layer.num_oov_indices == 1:
        return _encoded(x, table, start)
    if layer.num_oov_indices == 0:
        # Keras stops at an unknown value, and so does a Gather beyond the end of its data.
        known = creation.arange(depth + 1, dtype="int64")
        return op("Gather", known, _encoded(x, table, depth + 1))
    ids = _encoded(x, table, _UNKNOWN)
    bucket = op("Add", _bucket(layer, x), constant(start, "int64"))
    return op("Where", op("Equal", ids, constant(_UNKNOWN, "int64")), bucket, ids)


def _bucket(layer: Any, x: TracedTensor) -> TracedTensor:
    """Return which of several places for unknown values each value gets."""
    if layer.vocabulary_dtype != "string" and layer.oov_method != "farmhash":
        return op("Mod", x, constant(layer.num_oov_indices, "int64"))
    return hash_bucket(x, layer.num_oov_indices, layer.salt)


def _inverted(layer: Any, x: TracedTensor) -> TracedTensor:
    """Return the word of each id; the token for unknown values beyond both ends."""
    words = layer.get_vocabulary(include_special_tokens=False)
    first = layer.vocabulary_size() - len(words)
    table = {first + i: word for i, word in enumerate(words)}
    if layer.mask_token is not None:
        table[0] = layer.mask_token
    return _encoded(x, table, layer.oov_token)


def _encoded(x: TracedTensor, table: Mapping[Any, Any], default: Any) -> TracedTensor:
    """One LabelEncoder with the keys and values of a table."""
    keys, values = _plain(table), _plain([default, *table.values()])
    dtype = _dtype(values)
    attributes = {
        f"keys_{_dtype(keys)}s": keys,
        f"values_{dtype}s": values[1:],
        f"default_{dtype}": values[0],
    }
    return op("LabelEncoder", x, types=[(dtype, x.dims)], **attributes)


def _plain(items: Iterable[Any]) -> list[Any]:
    """Return strings, or NumPy's integers, as Python's own."""
    return [str(item) if isinstance(item, str) else int(item) for item in items]


def _dtype(items: Sequence[Any]) -> str:
    return "string" if isinstance(items[0], str) else "int64"
