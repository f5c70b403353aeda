"""Keras model to ONNX file: trace the call, tidy the graph, check it, write it in one step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version as installed_version
from typing import Any

import keras
import numpy as np
import onnx
import onnx_ir as ir

from mimo_export import passes
from mimo_export.backend import _switch, onnx_backend
from mimo_export.backend._framework_functions import keras_functions
from mimo_export.backend._graph import (
    ML_DOMAIN,
    ML_OPSET,
    NEWEST_OPSET,
    OLDEST_OPSET,
    Graph,
    OpsetTooLowError,
    constant,
    ir_numpy,
)
from mimo_export.backend._memory import (
    Call,
    Changed,
    Key,
    Memory,
    inputs_for,
    refuse_read,
    refuse_second,
)
from mimo_export.backend._names import canonical_scope, canonical_variables
from mimo_export.backend._same import are_same
from mimo_export.backend._tensor import TracedTensor
from mimo_export.collector import collector_off
from mimo_export.errors import UnsupportedOperationError
from mimo_export.interface import Interface, dim_symbol, interface_of
from mimo_export.keras_model.chosen_batch import remedy_where_needed
from mimo_export.onnx_file import check_onnx
from mimo_portable.specs import TensorSpec

PRODUCER = "mimo-portable"
NAMELESS = "model"
"""What a model is called in its file that has an empty name; ONNX has none for a graph."""


@collector_off()
def to_onnx(
    model: Any,
    *,
    opset: int | None = None,
    metadata: Mapping[str, str] | None = None,
    stated: Sequence[TensorSpec] = (),
) -> ir.Model:
    """Return a built Keras model as an ONNX model, the same whichever backend runs.

    Args:
        model: A built Keras 3 model of any kind.
        opset: The operator set to write for; default: the lowest from 17 on that the model needs.
        metadata: What else the file says about itself, such as what its numbers mean.
        stated: Inputs whose sizes have symbols of their own.

    Raises:
        UnsupportedOperationError: The model uses what has no ONNX form, or not in that opset, or a
            weight is NaN or infinite.
        ModelFileError: The model's inputs are not known.
    """
    return finished_model(checked_trace(model, opset, stated), metadata)


def checked_trace(
    model: Any, opset: int | None = None, stated: Sequence[TensorSpec] = ()
) -> ir.Graph:
    """Return what `trace` does, of a model whose weights are numbers, for an opset that is known.

    Raises:
        UnsupportedOperationError: As `to_onnx` does.
        ModelFileError: The model's inputs are not known.
    """
    interface = interface_of(model, stated)
    if opset is not None and opset not in range(OLDEST_OPSET, NEWEST_OPSET + 1):
        raise UnsupportedOperationError(
            f"opset {opset!r} cannot be written, only {OLDEST_OPSET} to {NEWEST_OPSET}",
            remedy="leave the opset out: the lowest that the model needs is chosen",
        )
    _check_weights(model)
    try:
        return trace(interface, opset)
    except UnsupportedOperationError as error:
        error.remedy = "; ".join(filter(None, [error.remedy, remedy_where_needed(model)]))
        raise


def finished_model(graph: ir.Graph, metadata: Mapping[str, str] | None = None) -> ir.Model:
    """Return a traced graph as a tidy model that the checker has seen."""
    built = ir.Model(
        graph,
        ir_version=_ir_version(graph.opset_imports[""]),
        producer_name=PRODUCER,
        producer_version=installed_version(PRODUCER),
        metadata_props={"keras_version": keras.version(), **(metadata or {})},
    )
    passes.tidy(built)
    check_onnx(built)
    return built


def trace(interface: Interface, opset: int | None = None) -> ir.Graph:
    """Trace a model's call for the given opset, or for the lowest that has every operator."""
    version = opset or OLDEST_OPSET
    while True:
        try:
            return _trace_at(interface, version)
        except OpsetTooLowError as low:
            if opset is not None:
                raise UnsupportedOperationError(
                    f"opset {opset} has no {low.operator}: it came with opset {low.needed}",
                    where=f"model {interface.model.name!r}",
                    remedy=f"leave the opset out, or ask for {low.needed} or newer",
                ) from None
            version = low.needed


def _trace_at(interface: Interface, version: int) -> ir.Graph:
    model = interface.model
    call = _called(interface, version, {})
    if call.memory.changed:
        refuse_read(call.memory.changed, lambda it: _called(interface, version, it), model)
    if call.memory.set:
        refuse_second(call.memory.set, lambda: _answers_twice(interface, version), model)
    name = canonical_scope(model)([(model.name, type(model).__name__)]) or NAMELESS
    return _finished(call.graph, call.outputs, name)


def _called(interface: Interface, version: int, remembered: Mapping[Key, Changed]) -> Call:
    graph = _graph_for(interface, version)
    inputs = _inputs(interface, graph)
    with _traced_in(graph, interface.model, remembered) as memory:
        outputs = interface.call(inputs)
    with graph.current():
        named = {name: _as_output(graph, name, value) for name, value in outputs.items()}
    return Call(graph, named, memory)


def _answers_twice(interface: Interface, version: int) -> bool:
    """Call a model twice in one graph, and tell whether it answers the same both times."""
    graph = _graph_for(interface, version)
    one, other = (_inputs(interface, graph) for _ in range(2))
    with _traced_in(graph, interface.model, {}):
        first, second = interface.call(one), interface.call(other)
        if list(first) != list(second):
            return False
        pairs = [(_tensor(value), _tensor(second[name])) for name, value in first.items()]
    return are_same(graph, [(one[name], other[name]) for name in one], pairs)


def _graph_for(interface: Interface, version: int) -> Graph:
    scope = canonical_scope(interface.model)
    return Graph(version, scope=lambda: scope(_switch.current_scope()))


def _inputs(interface: Interface, graph: Graph) -> dict[str, TracedTensor]:
    return {
        spec.name: graph.input(spec.name, spec.dtype, [*map(_dim, spec.sizes)])
        for spec in interface.inputs
    }


@contextlib.contextmanager
def _traced_in(graph: Graph, model: Any, remembered: Mapping[Key, Changed]) -> Iterator[Memory]:
    """Let calls of a model in the block add to a graph."""
    weights = [(v, _weight(graph, name, v)) for name, v in canonical_variables(model)]
    kept, layers = inputs_for(remembered, graph), model._flatten_layers()
    with contextlib.ExitStack() as stack:
        for scope in (onnx_backend(), graph.current(), keras_functions(model)):
            stack.enter_context(scope)
        yield stack.enter_context(Memory(weights, _switch.current_layer, kept, layers))


def _dim(size: int | str | None) -> int | str:
    if size is None:
        raise ValueError("a free dimension needs a symbol")
    return size


def _weight(graph: Graph, name: str, variable: Any) -> TracedTensor:
    dtype = keras.backend.standardize_dtype(variable.dtype)
    array = _numbers(variable)
    # JAX keeps float64 in float32 unless it is told not to; the model says what it is.
    return graph.known(dtype, array.shape, lambda: array.astype(ir_numpy(dtype), copy=False), name)


def _numbers(variable: Any) -> np.ndarray[Any, Any]:
    """Return a variable's numbers, in the backend's own memory where it shares that."""
    value = keras.ops.stop_gradient(variable.value)
    try:
        return np.asarray(value)
    except TypeError:  # PyTorch does not share bfloat16, nor the memory of a GPU
        return np.asarray(keras.ops.convert_to_numpy(value))


def _check_weights(model: Any) -> None:
    """Refuse weights that are no numbers: nothing that is computed from them would be one.

    Raises:
        UnsupportedOperationError: A weight is NaN or infinite.
    """
    for name, variable in canonical_variables(model):
        array = _numbers(variable)
        # A sum is finite when every part is, and takes no memory of the weight's size.
        if array.dtype.kind not in "fV" or np.isfinite(array.sum(dtype=np.float64)):
            continue
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            place = tuple(int(i) for i in bad[0])
            raise UnsupportedOperationError(
                f"{len(bad)} of the {array.size} numbers of weight '{name}' are NaN or infinite, "
                f"the first is {array[place]} at {place}",
                where=f"model {model.name!r}",
                remedy="train again with a smaller learning rate, or go back to a checkpoint",
            )


def _as_output(graph: Graph, name: str, value: Any) -> TracedTensor:
    """Return the value under its contract name, with an Identity where it has another already."""
    tensor = _tensor(value)
    producer = tensor.value.producer()
    if producer is None or tensor.value.is_graph_output() or tensor.value in graph.outputs:
        # Neither shared nor folded, as `op` would: every output is a value of its own.
        (tensor,) = graph.add(ir.node("Identity", [tensor.value]), [(tensor.dtype, tensor.dims)])
    tensor.value.name = name
    graph.outputs.append(tensor.value)
    return tensor


def _tensor(value: Any) -> TracedTensor:
    return value if isinstance(value, TracedTensor) else constant(value)


def _finished(graph: Graph, outputs: Mapping[str, TracedTensor], name: str) -> ir.Graph:
    free = {dim for value in graph.inputs for dim in map(str, value.shape or ())}
    for output, tensor in outputs.items():
        tensor.value.shape = ir.Shape(
            dim if isinstance(dim, int) or dim in free else dim_symbol(output, axis)
            for axis, dim in enumerate(tensor.dims)
        )
    constants = _used_constants(graph)
    graph.name_values(constants)
    return ir.Graph(
        graph.inputs,
        graph.outputs,
        nodes=graph.nodes,
        initializers=constants,
        opset_imports=_opset_imports(graph),
        name=name,
    )


def _used_constants(graph: Graph) -> list[ir.Value]:
    """Return the constants that nodes read, in the order in which they are first read."""
    found: dict[int, ir.Value] = {}
    for node in ir.traversal.RecursiveGraphIterator(_view(graph)):
        for value in node.inputs:
            if value is not None and value.const_value is not None and value.producer() is None:
                found.setdefault(id(value), value)
    return list(found.values())


def _opset_imports(graph: Graph) -> dict[str, int]:
    """Return the version of each set of operators that nodes are from."""
    domains = {node.domain for node in ir.traversal.RecursiveGraphIterator(_view(graph))}
    return {"": graph.opset, **({ML_DOMAIN: ML_OPSET} if ML_DOMAIN in domains else {})}


def _view(graph: Graph) -> ir.GraphView:
    return ir.GraphView(graph.inputs, graph.outputs, nodes=graph.nodes)


def _ir_version(opset: int) -> int:
    """Return the lowest IR version that knows an opset (onnx's own table)."""
    return max(onnx.helper.find_min_ir_version_for([onnx.helper.make_opsetid("", opset)]), 8)
