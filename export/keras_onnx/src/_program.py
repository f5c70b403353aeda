"""A call of a model as one program for onnxruntime, for any batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime  # type: ignore[import-untyped]

from keras_onnx.src._tensor import Array, Tensor
from mimo_export.backend import _switch, onnx_backend
from mimo_export.backend._graph import OLDEST_OPSET, Graph, OpsetTooLowError
from mimo_export.backend._names import canonical_scope, canonical_variables
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.contract import BATCH
from mimo_export.onnx import _as_output, _finished, finished_model

_ERRORS_ONLY = 3


@dataclass(frozen=True)
class Program:
    """A model's call, compiled.

    Attributes:
        session: onnxruntime's.
        structure: What the call returns, with a number in the place of each tensor.
    """

    session: Any
    structure: Any

    def run(self, arrays: Sequence[Array]) -> Any:
        """Return what the call returns for its tensors, as arrays."""
        names = [value.name for value in self.session.get_inputs()]
        results = self.session.run(None, dict(zip(names, arrays, strict=True)))
        return keras.tree.map_structure(lambda place: results[place], self.structure)


def compiled(model: Any, inputs: Any, options: Mapping[str, Any]) -> Program:
    """Compile a model's call on a structure of arrays whose first size is the batch.

    Raises:
        UnsupportedOperationError: The model uses what has no ONNX form.
    """
    opset = OLDEST_OPSET
    while True:
        try:
            return _compiled_at(model, inputs, options, opset)
        except OpsetTooLowError as low:
            opset = low.needed


def _compiled_at(model: Any, inputs: Any, options: Mapping[str, Any], opset: int) -> Program:
    scope = canonical_scope(model)
    graph = Graph(opset, scope=lambda: scope(_switch.current_scope()))
    traced = keras.tree.map_structure(lambda array: _input(graph, array), inputs)
    weights = [(v, _weight(graph, name, v)) for name, v in canonical_variables(model)]
    with onnx_backend(), graph.current():
        with keras.StatelessScope(weights, initialize_variables=False):
            result = model(traced, **options)
        flat = [convert_to_tensor(x) for x in keras.tree.flatten(result)]
    structure = keras.tree.pack_sequence_as(result, list(range(len(flat))))
    return Program(opened(graph, flat), structure)


def opened(graph: Graph, outputs: Iterable[TracedTensor]) -> Any:
    """Return a session for a graph with the given outputs."""
    names = {f"output_{i}": x for i, x in enumerate(outputs)}
    with graph.current():
        named = {name: _as_output(graph, name, x) for name, x in names.items()}
    model = finished_model(_finished(graph, named, "program"))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    return onnxruntime.InferenceSession(
        ir.serde.serialize_model(model).SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
    )


def _input(graph: Graph, array: Array) -> TracedTensor:
    """Declare an input: of any batch, if it has dimensions at all."""
    kind = "string" if array.dtype.kind in "OUS" else array.dtype.name
    return graph.input("input", kind, (BATCH, *array.shape[1:]) if array.ndim else ())


def _weight(graph: Graph, name: str, variable: Any) -> TracedTensor:
    value: Tensor = variable.value
    return graph.known(value.dtype, value.shape, lambda: np.asarray(value.array), name)
