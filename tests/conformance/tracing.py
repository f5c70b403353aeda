"""Runs one call through our backend and onnxruntime: values in, values out.

A call is traced with its tensors as inputs of a graph, and the graph is run on their values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument

from mimo_export import passes
from mimo_export.backend import _switch, onnx_backend
from mimo_export.backend._convert import cast
from mimo_export.backend._graph import OLDEST_OPSET, Graph, OpsetTooLowError
from mimo_export.backend._memory import Memory
from mimo_export.backend._tensor import Array, Dim, TracedTensor
from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import _as_output, _finished, _ir_version

Shape = tuple[int, ...]
_FRAMEWORK_TRACERS = (
    "SymbolicTensor",
    "DynamicJaxprTracer",
    "BatchTracer",
    "JVPTracer",
    "FakeTensor",
)
_FOREIGN = ("SparseTensor", "IndexedSlices", "RaggedTensor", "BCOO", "JAXSparse")
# Inside a graph bfloat16 is what it is; at its border NumPy and onnxruntime have no common form.
_BORDER = {"bfloat16": "float32", "float8_e4m3fn": "float32", "float8_e5m2": "float32"}


@dataclasses.dataclass(frozen=True)
class Result:
    """A tensor that onnxruntime computed.

    Attributes:
        dtype: Keras's name of the dtype that the trace gave it.
        array: The elements; those of a dtype that NumPy does not have, as float32.
        mask: The mask that came with it, or None.
    """

    dtype: str
    array: Array
    mask: Result | None


def is_symbolic(x: Any) -> bool:
    """Whether a value belongs to a trace of Keras or of the framework, and is not ours to run."""
    kind = type(x).__name__
    return isinstance(x, (keras.KerasTensor, TracedTensor)) or kind in _FRAMEWORK_TRACERS


def is_value(x: Any) -> bool:
    """Whether a value is one that a graph takes as an input: a tensor, an array, a variable."""
    return isinstance(x, (keras.Variable, np.ndarray, np.generic)) or _switch.is_running_tensor(x)


def to_array(x: Any) -> tuple[str, Array]:
    """Return the dtype of a concrete tensor, and its elements as onnxruntime takes them."""
    tensor = keras.ops.convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    border = keras.ops.cast(tensor, _BORDER.get(dtype, dtype))
    array = np.asarray(_switch.running_to_numpy(border))
    return dtype, _decoded(array) if array.dtype.kind in "OS" else array


def _decoded(strings: Array) -> Array:
    """Return TensorFlow's strings, which are bytes, as text."""
    text = [x.decode() if isinstance(x, bytes) else x for x in strings.ravel()]
    return np.array(text, dtype=object).reshape(strings.shape)


@dataclasses.dataclass(frozen=True)
class Call:
    """One call to trace and to run.

    Attributes:
        function: What is called inside the switch.
        args: Its arguments, with concrete tensors in them.
        kwargs: The same by name.
        dims: Returns the dimensions under which an input of a shape is declared.
        limit: How many tensors become inputs of the graph; None: all. Others stay constants.
        weights: Variables that are read inside; their values become constants.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    dims: Callable[[Shape], Sequence[Dim]]
    limit: int | None = None
    weights: Sequence[Any] = ()

    def run(self) -> Any:
        """Return what the function returned, with a `Result` for each tensor.

        Raises:
            UnsupportedOperationError: The call has no ONNX form.
        """
        opset = OLDEST_OPSET
        while True:
            try:
                return self._run_at(opset)
            except OpsetTooLowError as low:
                opset = low.needed

    def _run_at(self, opset: int) -> Any:
        graph = Graph(opset)
        feeds: dict[str, Array] = {}
        with graph.current():
            args, kwargs = keras.tree.map_structure(
                lambda x: self._placed(graph, feeds, x), (self.args, self.kwargs)
            )
            weights = [(variable, _weight(graph, variable)) for variable in self.weights]
            with onnx_backend(), Memory(weights, _switch.current_layer):
                result = self.function(*args, **kwargs)
                traced = [t for x in keras.tree.flatten(result) for t in _with_mask(x)]
                arrays = iter(_computed(graph, traced, feeds))
        return keras.tree.map_structure(lambda x: _result(x, arrays), result)

    def _placed(self, graph: Graph, feeds: dict[str, Array], x: Any) -> Any:
        """Return the input of the graph that stands for a concrete tensor, with its mask."""
        _refuse_foreign(x)
        if not is_value(x) or (self.limit is not None and len(feeds) >= self.limit):
            return x
        dtype, array = to_array(x)
        border = _BORDER.get(dtype, dtype)
        value = graph.input("input", border, self.dims(array.shape))
        feeds[value.name] = array
        placed = cast(value, dtype)
        mask = _switch.keras_backend.get_keras_mask(x)
        if mask is not None:
            _switch.keras_backend.set_keras_mask(placed, self._placed(graph, feeds, mask))
        return placed


def _weight(graph: Graph, variable: Any) -> TracedTensor:
    dtype = keras.backend.standardize_dtype(variable.dtype)
    value = variable.value
    return graph.known(
        dtype, tuple(variable.shape), lambda: _switch.running_to_numpy(value), variable.path
    )


def _refuse_foreign(x: Any) -> None:
    """Refuse what only one framework has, and no ONNX file can hold."""
    kind = type(x).__name__
    if kind in _FOREIGN or "complex" in str(getattr(x, "dtype", "")):
        raise UnsupportedOperationError(f"a {kind} of {x.dtype} has no ONNX form")


def _with_mask(x: Any) -> list[TracedTensor]:
    if not isinstance(x, TracedTensor):
        return []
    mask = _switch.keras_backend.get_keras_mask(x)
    return [x, mask] if isinstance(mask, TracedTensor) else [x]


def _result(x: Any, arrays: Iterator[Array]) -> Any:
    if not isinstance(x, TracedTensor):
        return x
    found = [Result(t.dtype, next(arrays), None) for t in _with_mask(x)]
    return dataclasses.replace(found[0], mask=found[1]) if len(found) == 2 else found[0]


def _computed(graph: Graph, outputs: Sequence[TracedTensor], feeds: dict[str, Array]) -> list[Any]:
    """Return the elements of each output; those of a constant are known."""
    asked = [cast(x, _BORDER.get(x.dtype, x.dtype)) for x in outputs if not x.is_constant]
    named = {f"output_{i}": _as_output(graph, f"output_{i}", x) for i, x in enumerate(asked)}
    found: Iterator[Any] = iter(())
    if named:
        model = ir.Model(_finished(graph, named, "call"), ir_version=_ir_version(graph.opset))
        passes.tidy(model)
        session = onnxruntime.InferenceSession(ir.serde.serialize_model(model).SerializeToString())
        try:
            found = iter(session.run(list(named), feeds))
        except (InvalidArgument, Fail) as error:
            if all(value.shape is not None and value.shape.is_static() for value in graph.inputs):
                raise
            # What Keras checks of sizes when it is called, a graph that does not know them checks
            # when it is run.
            raise ValueError(str(error)) from error
    return [x.array if x.is_constant else next(found) for x in outputs]
