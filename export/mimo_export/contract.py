"""What a bundle promises: named tensors in and out. Plain data, read without Keras."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimo_export.documents import Place, decode, read_json
from mimo_portable import specs
from mimo_portable.specs import TensorSpec

BATCH = specs.BATCH
"""The symbol of the batch, one for all inputs and outputs that have no other first size."""

DTYPES = (
    *("bool", "string", "float16", "bfloat16", "float32", "float64"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
"""Element types that a file can have."""

_MOST_PER_AXIS = 2**31 - 1


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs in the model's own order."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @property
    def strings(self) -> tuple[str, ...]:
        """Return the names of the tensors that hold strings, which Keras has on TensorFlow only."""
        return tuple(s.name for s in (*self.inputs, *self.outputs) if s.dtype == "string")

    @property
    def takes_one_batch(self) -> bool:
        """Return whether the first size is one number of rows for every tensor, and free."""
        return all(self.is_batched(spec) for spec in (*self.inputs, *self.outputs))

    def is_batched(self, spec: TensorSpec) -> bool:
        """Return whether the first size of one of the tensors is the batch.

        That of an output may have a symbol of its own, where the trace did not follow the batch.
        """
        own = isinstance(spec.batch, str) and spec in self.outputs
        return spec.batch == BATCH or (own and spec.batch not in {x.batch for x in self.inputs})

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Return the smallest and largest value of the inputs for which they are stated."""
        return {spec.name: spec.interval for spec in self.inputs if spec.interval is not None}

    def to_dict(self) -> dict[str, Any]:
        """Return the signature as JSON-ready data."""
        return {
            "inputs": [specs.document_of(spec) for spec in self.inputs],
            "outputs": [specs.document_of(spec) for spec in self.outputs],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Signature:
        """Read back what `to_dict` gave, also after a trip through JSON."""
        return cls(*(tuple(_spec(item) for item in data[part]) for part in ("inputs", "outputs")))

    def described_by(self, described: Sequence[TensorSpec]) -> Signature:
        """Return the signature with what another contract says that no graph does."""
        words = {spec.name: spec for spec in described}
        return Signature(
            tuple(_described(spec, words.get(spec.name)) for spec in self.inputs),
            tuple(_described(spec, words.get(spec.name)) for spec in self.outputs),
        )


def _spec(item: Mapping[str, Any]) -> TensorSpec:
    known = {field.name for field in dataclasses.fields(TensorSpec)}
    fields: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in item.items() if k in known
    }
    return TensorSpec(**fields)


def _described(spec: TensorSpec, words: TensorSpec | None) -> TensorSpec:
    if words is None:
        return spec
    stated = {name: getattr(words, name) for name in ("meaning", "unit", "labels", "interval")}
    return dataclasses.replace(spec, **stated)


# === Read from a bundle ===


@dataclass(frozen=True)
class _Input(TensorSpec):
    ids: int | None = None


@dataclass(frozen=True)
class _Contract:
    inputs: tuple[_Input, ...]
    outputs: tuple[TensorSpec, ...]


def read_contract(path: Path) -> tuple[Signature, dict[str, int]]:
    """Return a bundle's contract, and per input how many ids it knows, where that is stated.

    Raises:
        BundleError: The document is missing or damaged.
    """
    document, place = read_json(path), Place(path)
    contract = decode(_Contract, document, place)
    check_tensors(contract.inputs, place.at("inputs"))
    check_tensors(contract.outputs, place.at("outputs"))
    for number, spec in enumerate(contract.inputs):
        here = place.at("inputs").at(number).at("ids")
        counts = spec.ids is None or (spec.ids > 0 and spec.dtype not in ("string", "bool"))
        here.require(counts, f"{spec.ids} ids for an input of {spec.dtype}")
    limits = {spec.name: spec.ids for spec in contract.inputs if spec.ids is not None}
    return Signature.from_dict(document), limits


def check_tensors(specs: Sequence[TensorSpec], place: Place) -> None:
    """Refuse tensors that no file has.

    Raises:
        BundleError: With the place of what is wrong.
    """
    place.require(bool(specs), "a model has at least one")
    names = [spec.name for spec in specs]
    for number, spec in enumerate(specs):
        here = place.at(number)
        here.at("name").require(spec.name not in names[:number], f"'{spec.name}' is there twice")
        check_tensor(spec, here)


def check_tensor(spec: TensorSpec, place: Place) -> None:
    """Refuse a tensor that no file has.

    Raises:
        BundleError: With the place of what is wrong.
    """
    place.at("name").require(bool(spec.name), "a name has at least one letter")
    place.at("dtype").require(spec.dtype in DTYPES, f"no file has the dtype '{spec.dtype}'")
    first = 1 <= spec.batch <= _MOST_PER_AXIS if isinstance(spec.batch, int) else spec.batch != ""
    place.at("batch").require(first, f"a first size of {spec.batch!r}")
    for axis, size in enumerate(spec.shape):
        fits = not isinstance(size, int) or 1 <= size <= _MOST_PER_AXIS
        place.at("shape").at(axis).require(fits, f"a dimension of {size}")
    last = spec.shape[-1] if spec.shape else 1
    fits = not spec.labels or not isinstance(last, int) or len(spec.labels) == last
    place.at("labels").require(fits, f"{len(spec.labels)} labels where the last axis has {last}")
    if spec.interval is not None:
        low, high = spec.interval
        fits = math.isfinite(low) and math.isfinite(high) and low <= high
        place.at("interval").require(fits, f"no numbers are from {low} to {high}")
