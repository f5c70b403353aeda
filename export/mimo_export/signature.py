"""The signature of a model: the part of the contract that travels in `signature.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import onnx_ir as ir

from mimo_export.backend._graph import dtype_of
from mimo_export.interface import call_by_name, interface_of, named_outputs
from mimo_export.onnx import trace
from mimo_portable.specs import TensorSpec

__all__ = ["Signature", "call_by_name", "interface_of", "named_outputs", "signature_of"]


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs in the model's own order; shapes without the batch."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the signature as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Signature:
        """Read back what `to_dict` gave."""
        return cls(*(tuple(_spec(item) for item in data[part]) for part in ("inputs", "outputs")))


def _spec(item: Mapping[str, Any]) -> TensorSpec:
    plain: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in item.items()}
    return TensorSpec(**plain)


def signature_of(model: Any) -> Signature:
    """Return the names, shapes and dtypes of a built Keras model's inputs and outputs.

    They are read off the traced graph: what is written is what is promised.
    """
    graph = trace(interface_of(model))
    return Signature(
        *(tuple(_spec_of(value) for value in values) for values in (graph.inputs, graph.outputs))
    )


def _spec_of(value: ir.Value) -> TensorSpec:
    dims = value.shape.dims if value.shape is not None else ()
    shape = tuple(dim if isinstance(dim, int) else str(dim.value) for dim in dims[1:])
    if value.name is None or value.dtype is None:
        raise ValueError(f"{value} was not traced to its end")
    return TensorSpec(value.name, shape, dtype_of(value.dtype))
