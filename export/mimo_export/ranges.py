"""What values a model's inputs take, as far as its contract or the model itself tells.

0. float with an interval in the contract: uniform between its ends;
1. float, read by `Rescaling(scale)`: uniform, what it brings into 0..1;
2. float, read by `Rescaling(scale, offset)` or `Normalization`: normal, what it brings to mean 0
   and deviation 1;
3. float otherwise: standard normal;
4. integer, read by an `Embedding`: its rows, with stretches of padding zeros at the ends;
5. integer, read by a lookup: what is in its vocabulary, and what is not where the layer takes it;
6. integer otherwise: rows that every table of the model has, and 0 or 1 where there is none;
7. string, read by a lookup: the same, by a `TextVectorization`: texts of such words, and by a
   hash: any;
8. bool: both.

Half of the rows of a float input are drawn so; the other half are fainter, up to a thousand times:
values as far apart as independent ones are drive many a trained network to the ends of its
activations, where nothing can be seen to differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimo_export.errors import InputError

if TYPE_CHECKING:
    import keras

    from mimo_export.contract import Signature

Array = np.ndarray[Any, np.dtype[Any]]

# What a person may type where a word is expected.
_UNKNOWN_WORDS = ("", "?", "Ünbekannt", "未知", "word\u00a0word", "e\u0301", "🙂")
_UNKNOWN_NUMBERS = (-7, 0, 1_000_003)
_BETWEEN = (" ", "  ", ", ", ". ", "\t", "\n", " - ", "\u00a0")
_MOST_WORDS = 12
_FAINTEST = 3  # powers of ten


@dataclass(frozen=True)
class Range:
    """A distribution of values.

    Attributes:
        kind: "normal" with `low` the mean and `high` the deviation; "uniform" between them;
            "token", integers from `low` to `high` exclusive, a random stretch at the end of a row
            being 0; "choice", each one of `choices`; "text", up to 12 of them in one string.
        low: See kind.
        high: See kind.
        dtype: Keras's name of the element type.
        choices: See kind.
    """

    kind: Literal["normal", "uniform", "token", "choice", "text"]
    low: float
    high: float
    dtype: str
    choices: tuple[Any, ...] = ()

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Return random values of a shape."""
        if self.kind == "normal":
            noise = generator.normal(0, self.high, shape)
            return (self.low + _contrast(generator, shape) * noise).astype(self.dtype)
        if self.kind == "uniform":
            level = _per_row(generator.choice([self.low, self.high], shape[:1]), shape)
            noise = generator.uniform(self.low, self.high, shape) - level
            return (level + _contrast(generator, shape) * noise).astype(self.dtype)
        if self.kind == "choice":
            chosen = np.asarray(self.choices, dtype=object)
            picked = chosen[generator.integers(0, len(chosen), shape)]
            return picked if self.dtype == "string" else picked.astype(self.dtype)
        if self.kind == "text":
            texts = [_text(generator, self.choices) for _ in range(int(np.prod(shape)))]
            return np.asarray(texts, dtype=object).reshape(shape)
        tokens = generator.integers(int(self.low), int(self.high), shape)
        if len(shape) > 1:
            # Half of the rows are padded, a random part of each, which may be the whole of it.
            kept = generator.integers(0, 2 * shape[1] + 1, size=shape[0])
            positions = np.arange(shape[1]).reshape(1, -1, *[1] * (len(shape) - 2))
            tokens = np.where(positions < kept.reshape(-1, *[1] * (len(shape) - 1)), tokens, 0)
        return tokens.astype(self.dtype)


def _contrast(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return a factor for each row: 1 for every second one, else 1 to 1/1000."""
    faint = 10 ** generator.uniform(-_FAINTEST, 0, shape[:1])
    return _per_row(np.where(np.arange(len(faint)) % 2 == 0, 1.0, faint), shape)


def _per_row(values: Array, shape: tuple[int, ...]) -> Array:
    return values.reshape(-1, *[1] * (len(shape) - 1))


def _text(generator: np.random.Generator, words: Sequence[str]) -> str:
    """Return some words in one text, some in capitals, with spaces and punctuation between them."""
    parts = []
    for _ in range(generator.integers(0, _MOST_WORDS + 1)):
        word = words[int(generator.integers(len(words)))]
        parts.append(word.upper() if generator.integers(4) == 0 else word)
        parts.append(_BETWEEN[int(generator.integers(len(_BETWEEN)))])
    return "".join(parts)


def ranges_of(
    model: keras.Model,
    signature: Signature,
    intervals: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Range]:
    """Return what values to draw for each input of a model.

    Args:
        model: A built model.
        signature: Its inputs.
        intervals: The smallest and largest value of inputs of floats, where a contract states them.

    Raises:
        InputError: An input is of a type that no values can be made up for, such as strings that
            no lookup reads.
    """
    readers = _readers(model)
    ranges = {
        spec.name: _range(model, spec.name, spec.dtype, readers.get(spec.name, []))
        for spec in signature.inputs
    }
    for name, (low, high) in (intervals or {}).items():
        if name in ranges and "float" in ranges[name].dtype:
            ranges[name] = Range("uniform", low, high, ranges[name].dtype)
    return ranges


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


def _range(model: keras.Model, name: str, dtype: str, readers: list[Any]) -> Range:
    # Nothing but a lookup takes strings, so one that comes later is what they are for.
    later = model._flatten_layers() if dtype == "string" or not readers else ()
    looked_up = [layer for layer in (*readers, *later) if _looks_up(layer, dtype)]
    if looked_up:
        return _of_vocabulary(looked_up[0], dtype)
    if dtype.startswith(("bool", "int", "uint")):
        return Range("token", 0, 2 if dtype == "bool" else _rows(model, readers), dtype)
    if "float" not in dtype:
        raise InputError(
            f"no values can be made up for the input '{name}' of type {dtype}",
            where="while making golden vectors",
            remedy="give sample inputs (`samples`, on the command line --samples)",
        )
    for layer in readers:
        kind = type(layer).__name__
        if kind == "Rescaling" and np.ndim(layer.scale) == np.ndim(layer.offset) == 0:
            if layer.offset == 0:
                return Range("uniform", 0.0, 1 / layer.scale, dtype)
            return Range("normal", -layer.offset / layer.scale, abs(1 / layer.scale), dtype)
        if kind == "Normalization" and not layer.invert:
            return _normal(layer, dtype)
    return Range("normal", 0.0, 1.0, dtype)


def _looks_up(layer: Any, dtype: str) -> bool:
    """Tell whether a layer looks values of a dtype up in a vocabulary."""
    kind = type(layer).__name__
    if dtype == "string":
        looked_up = kind == "StringLookup" and not layer.invert
        return looked_up or kind in {"TextVectorization", "Hashing", "HashedCrossing"}
    return kind == "IntegerLookup" and dtype.startswith(("int", "uint"))


def _of_vocabulary(layer: Any, dtype: str) -> Range:
    """Return the words of a layer, and others where it takes others."""
    if not hasattr(layer, "get_vocabulary"):
        return Range("choice", 0, len(_UNKNOWN_WORDS), dtype, _UNKNOWN_WORDS)
    known = tuple(layer.get_vocabulary(include_special_tokens=False))
    if type(layer).__name__ == "TextVectorization":
        return Range("text", 0, _MOST_WORDS, dtype, (*known, *_UNKNOWN_WORDS))
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


def _rows(model: keras.Model, readers: list[Any]) -> int:
    """Return how many ids are safe: the reader's own rows, or those that every table has."""
    return min(_table_rows(readers) or _table_rows(model._flatten_layers()) or [2])


def _table_rows(layers: Iterable[Any]) -> list[int]:
    sizes = (getattr(layer, name, None) for layer in layers for name in ("input_dim", "num_tokens"))
    return [size for size in sizes if isinstance(size, int)]
