"""What a bundle promises: named tensors in and out. Plain data, read without Keras."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mimo_portable import specs
from mimo_portable.specs import TensorSpec

BATCH = specs.BATCH
"""The symbol of the batch, one for all inputs and outputs that have no other first size."""


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
