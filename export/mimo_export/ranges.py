"""What values a model's inputs take, as far as its contract or the model itself tells.

By what reads an input, whatever its dtype:

1. a table at row numbers (`Embedding`, `take`, `one_hot`, `CategoryEncoding`, ...): its ids, with
   stretches of padding zeros at the ends of rows; columns that different tables read have each its
   own ids, and the others the values below (`mimo_export.row_numbers`);
2. a lookup: what is in its vocabulary, and what is not where the layer takes it; a
   `TextVectorization`: texts of such words; a hash: any words;
3. a `Discretization`: its boundaries, what lies just below them, and between them.

Otherwise by the contract and the dtype:

4. an interval in the contract: between its ends;
5. float, read by `Rescaling(scale)`: uniform, what it brings into 0..1; by `Rescaling(scale,
   offset)` or `Normalization`: normal, what it brings to mean 0 and deviation 1; else standard
   normal;
6. integers of 8 bits: all of them; wider ones: 0 to 255, or ids that every table of the model has
   where a table is read at numbers that are computed from them;
7. bool: both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mimo_export.drawing import MOST_WORDS, Range
from mimo_export.errors import InputError

if TYPE_CHECKING:
    import keras

    from mimo_export.contract import Signature
    from mimo_export.row_numbers import RowNumbers

# What a person may type where a word is expected.
_UNKNOWN_WORDS = ("", "?", "Ünbekannt", "未知", "word\u00a0word", "e\u0301", "🙂")
_UNKNOWN_NUMBERS = (-7, 0, 1_000_003)
_COUNTS = 256  # of wide integers that nothing is known of


def ranges_of(
    model: keras.Model,
    signature: Signature,
    intervals: Mapping[str, Sequence[float]] | None = None,
    reads: Mapping[str, RowNumbers] | None = None,
) -> dict[str, Range]:
    """Return what values to draw for each input of a model.

    Args:
        model: A built model.
        signature: Its inputs.
        intervals: The smallest and largest value of inputs, where a contract states them.
        reads: Per input, which of its elements are row numbers of tables; see
            `mimo_export.row_numbers`.

    Raises:
        InputError: An input is of a type that no values can be made up for, such as strings that
            no lookup reads.
    """
    readers, found = _readers(model), {}
    for spec in signature.inputs:
        of_input = _Input(
            spec.name,
            spec.dtype,
            tuple(readers.get(spec.name, ())),
            (intervals or {}).get(spec.name),
            (reads or {}).get(spec.name),
        )
        found[spec.name] = _range(model, of_input)
    return found


@dataclass(frozen=True)
class _Input:
    """What is known of one input: its readers, its interval in the contract, its ids."""

    name: str
    dtype: str
    readers: tuple[Any, ...]
    interval: Sequence[float] | None
    reads: RowNumbers | None

    @property
    def is_integer(self) -> bool:
        return self.dtype.startswith(("int", "uint"))


def _readers(model: keras.Model) -> dict[str, list[Any]]:
    """Return the layers that read each input directly; nothing for a subclassed model."""
    # It starts a backend, and drawing values needs none.
    from mimo_export.keras_model import private_graph  # noqa: PLC0415

    readers: dict[str, list[Any]] = {}
    for tensor in getattr(model, "inputs", None) or ():
        for node in private_graph.readers_of(model, tensor):
            single = len(node.input_tensors) == 1
            if single and node.operation in model.layers:
                readers.setdefault(private_graph.input_name(tensor), []).append(node.operation)
    return readers


def _range(model: keras.Model, x: _Input) -> Range:
    # Nothing but a lookup takes strings, so one that comes later is what they are for.
    later = model._flatten_layers() if x.dtype == "string" or not x.readers else ()
    looked_up = [layer for layer in (*x.readers, *later) if _looks_up(layer, x.dtype)]
    if looked_up:
        return _of_vocabulary(looked_up[0], x.dtype)
    if x.dtype == "bool":
        return Range("token", 0, 2, x.dtype)
    if not x.is_integer and "float" not in x.dtype:
        raise InputError(
            f"no values can be made up for the input '{x.name}' of type {x.dtype}",
            where="while making golden vectors",
            remedy="give sample inputs (`samples`, on the command line --samples)",
        )
    rows = np.zeros(1, int) if x.reads is None else x.reads.rows
    if not rows.any():
        return _numbers(model, x)
    if rows.min() == rows.max():
        return Range("token", 0, int(rows.max()), x.dtype)
    return replace(_numbers(model, x), rows=tuple(rows.ravel().tolist()), sizes=rows.shape)


def _numbers(model: keras.Model, x: _Input) -> Range:
    """Return what values to draw for what is no id, or not seen to be one."""
    direct = _table_rows(x.readers)
    if x.is_integer and (direct or (x.reads is not None and x.reads.reaches)):
        return Range(
            "token", 0, min(direct or _table_rows(model._flatten_layers()) or [2]), x.dtype
        )
    bins = [layer for layer in x.readers if type(layer).__name__ == "Discretization"]
    if bins:
        return _of_bins(bins[0], x.dtype)
    if x.interval is not None:
        low, high = x.interval
        if x.is_integer:
            return Range("integer", math.ceil(low), math.floor(high) + 1, x.dtype)
        return Range("uniform", low, high, x.dtype)
    if x.is_integer:
        limits = np.iinfo(x.dtype)
        narrow = limits.bits == 8
        low, high = (int(limits.min), int(limits.max) + 1) if narrow else (0, _COUNTS)
        return Range("integer", low, high, x.dtype)
    return next(
        (known for r in x.readers if (known := _scale(r, x.dtype))),
        Range("normal", 0.0, 1.0, x.dtype),
    )


def _scale(layer: Any, dtype: str) -> Range | None:
    """Return the range that a layer which scales its input tells of it, None for other layers."""
    kind = type(layer).__name__
    if kind == "Rescaling" and np.ndim(layer.scale) == np.ndim(layer.offset) == 0:
        if layer.offset == 0:
            return Range("uniform", 0.0, 1 / layer.scale, dtype)
        return Range("normal", -layer.offset / layer.scale, abs(1 / layer.scale), dtype)
    if kind == "Normalization" and not layer.invert:
        return _normal(layer, dtype)
    return None


def _of_bins(layer: Any, dtype: str) -> Range:
    """Return the boundaries of a layer's bins, what is just below each, and numbers between."""
    edges = np.unique(np.asarray(layer.bin_boundaries, "float64").astype("float32"))
    middles = (edges[1:] + edges[:-1]) / 2
    ends = (edges[0] - 1, edges[-1] + 1) if edges.size else (0.0,)
    near: tuple[Any, ...]
    if "int" in dtype:
        near = (np.floor(edges), np.ceil(edges), np.floor(edges) - 1, np.rint(middles), ends)
    else:
        # The next smaller number beside 0 is one that processors may take for 0.
        near = (edges, edges - np.spacing(np.maximum(np.abs(edges), 1)), middles, ends)
    numbers = np.unique(np.concatenate([np.asarray(x, "float64") for x in near]))
    if "int" in dtype:
        limits = np.iinfo(dtype)
        numbers = np.unique(np.clip(np.rint(numbers), limits.min, limits.max))
    return Range("choice", 0, len(numbers), dtype, tuple(numbers.tolist()))


def _looks_up(layer: Any, dtype: str) -> bool:
    """Tell whether a layer looks values of a dtype up in a vocabulary."""
    kind = type(layer).__name__
    if dtype == "string":
        looked_up = kind == "StringLookup" and not layer.invert
        return looked_up or kind in {"TextVectorization", "Hashing", "HashedCrossing"}
    return kind == "IntegerLookup"


def _of_vocabulary(layer: Any, dtype: str) -> Range:
    """Return the words of a layer, and others where it takes others."""
    if not hasattr(layer, "get_vocabulary"):
        return Range("choice", 0, len(_UNKNOWN_WORDS), dtype, _UNKNOWN_WORDS)
    known = tuple(layer.get_vocabulary(include_special_tokens=False))
    if type(layer).__name__ == "TextVectorization":
        return Range("text", 0, MOST_WORDS, dtype, (*known, *_UNKNOWN_WORDS))
    if layer.invert:
        return Range("token", -1, layer.vocabulary_size() + 1, dtype)
    known = (*known, *(() if layer.mask_token is None else (layer.mask_token,)))
    unknown = _UNKNOWN_WORDS if dtype == "string" else _UNKNOWN_NUMBERS
    choices = known if layer.num_oov_indices == 0 else (*known, *unknown)
    return Range("choice", 0, len(choices), dtype, choices)


def _normal(layer: Any, dtype: str) -> Range:
    import keras  # noqa: PLC0415 - it starts a backend, and drawing values needs none

    mean, variance = (
        keras.ops.convert_to_numpy(value).astype("float64")
        for value in (layer.mean, layer.variance)
    )
    return Range("normal", float(mean.mean()), float(np.sqrt(variance.mean())), dtype)


def limits_of(model: keras.Model, signature: Signature) -> dict[str, int]:
    """Return, per integer input that a table reads directly, how many rows the table has."""
    readers = _readers(model)
    rows = {spec.name: _table_rows(readers.get(spec.name, [])) for spec in signature.inputs}
    return {name: min(sizes) for name, sizes in rows.items() if sizes}


def _table_rows(layers: Iterable[Any]) -> list[int]:
    sizes = (getattr(layer, name, None) for layer in layers for name in ("input_dim", "num_tokens"))
    return [size for size in sizes if isinstance(size, int)]
