"""What values a model's inputs take, as far as the model itself tells.

1. float, read by `Rescaling(scale)`: uniform, what it brings into 0..1;
2. float, read by `Rescaling(scale, offset)` or `Normalization`: normal, what it brings to mean 0
   and deviation 1;
3. float otherwise: standard normal;
4. integer, read by an `Embedding`: its rows, with stretches of padding zeros at the ends;
5. integer otherwise: rows that every table of the model has, and 0 or 1 where there is none;
6. bool: both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimo_export.errors import InputError

if TYPE_CHECKING:
    import keras

    from mimo_export.contract import Signature

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Range:
    """A distribution of values.

    Attributes:
        kind: "normal" with `low` the mean and `high` the deviation; "uniform" between them;
        "token",
            integers from `low` to `high` exclusive, a random stretch at the end of a row being 0.
        low: See kind.
        high: See kind.
        dtype: Keras's name of the element type.
    """

    kind: Literal["normal", "uniform", "token"]
    low: float
    high: float
    dtype: str

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Return random values of a shape."""
        if self.kind == "normal":
            return generator.normal(self.low, self.high, shape).astype(self.dtype)
        if self.kind == "uniform":
            return generator.uniform(self.low, self.high, shape).astype(self.dtype)
        tokens = generator.integers(int(self.low), int(self.high), shape)
        if len(shape) > 1:
            # Half of the rows are padded, a random part of each, which may be the whole of it.
            kept = generator.integers(0, 2 * shape[1] + 1, size=shape[0])
            positions = np.arange(shape[1]).reshape(1, -1, *[1] * (len(shape) - 2))
            tokens = np.where(positions < kept.reshape(-1, *[1] * (len(shape) - 1)), tokens, 0)
        return tokens.astype(self.dtype)


def ranges_of(model: keras.Model, signature: Signature) -> dict[str, Range]:
    """Return what values to draw for each input of a model.

    Raises:
        InputError: An input is of a type that no values can be made up for, such as text.
    """
    readers = _readers(model)
    return {
        spec.name: _range(model, spec.name, spec.dtype, readers.get(spec.name, []))
        for spec in signature.inputs
    }


def _readers(model: keras.Model) -> dict[str, list[Any]]:
    """Return the layers that read each input directly; nothing for a subclassed model."""
    inputs = {id(tensor): tensor.name for tensor in getattr(model, "inputs", None) or ()}
    readers: dict[str, list[Any]] = {}
    for layer in model.layers:
        # A layer that was called several times, or never, has no single `input`.
        source = getattr(layer, "input", None) if len(layer._inbound_nodes) == 1 else None
        if id(source) in inputs:
            readers.setdefault(inputs[id(source)], []).append(layer)
    return readers


def _range(model: keras.Model, name: str, dtype: str, readers: list[Any]) -> Range:
    if dtype == "bool":
        return Range("token", 0, 2, dtype)
    if dtype.startswith(("int", "uint")):
        return Range("token", 0, _rows(model, readers), dtype)
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
