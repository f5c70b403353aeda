"""The graph under construction: adds nodes, infers their types, folds constants, gives names.

One `Graph` is current while a model is traced; `op` and `constant` add to it. Shapes and dtypes
come from ONNX's own inference, node by node, so that no function repeats what the standard says. A
node whose inputs are all known becomes a constant that is evaluated when it is needed, by ONNX's
reference implementation: NumPy, and so the same bytes whichever framework is underneath.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
from onnx.reference import ReferenceEvaluator, ops  # noqa: F401 - ops would come with the first constant

from mimo_export.backend._inference import (
    ML_DOMAIN,
    ML_OPSET,
    OpsetTooLowError,
    Types,
    check_types,
    domain_of,
    dtype_name,
    dtype_of,
    infer,
    ir_numpy,
    is_foldable,
    onnx_type,
    schema_of,
)
from mimo_export.backend._names import unique_name
from mimo_export.backend._tensor import Array, Dim, TracedTensor

__all__ = [
    "ML_DOMAIN",
    "ML_OPSET",
    "NEWEST_OPSET",
    "OLDEST_OPSET",
    "Graph",
    "OpsetTooLowError",
    "Types",
    "constant",
    "current_graph",
    "dtype_name",
    "dtype_of",
    "ints",
    "ir_numpy",
    "onnx_type",
    "op",
    "op_multi",
    "opset",
]

OLDEST_OPSET = 17
NEWEST_OPSET = onnx.defs.onnx_opset_version()

_SHARED = 4096  # bytes up to which equal constants are one
_current: contextvars.ContextVar[Graph] = contextvars.ContextVar("onnx_graph")


class Graph:
    """One ONNX graph being built.

    Args:
        opset: The version of the standard operators that nodes are written for.
        scope: Returns the path of the layer being called; nodes are named after it.
        parent: The graph around it, for the body of an If, Loop or Scan.
    """

    def __init__(
        self, opset: int, scope: Callable[[], str] = str, parent: Graph | None = None
    ) -> None:
        self.opset = opset
        self.nodes: list[ir.Node] = []
        self.inputs: list[ir.Value] = []
        self.outputs: list[ir.Value] = []
        self._root: Graph = parent._root if parent else self
        self._scope: Callable[[], str] = parent._scope if parent else scope
        self._constants: dict[tuple[str, tuple[int, ...], bytes], TracedTensor] = {}
        self.computed: dict[tuple[Any, ...], tuple[TracedTensor, ...]] = {}
        self._used: dict[str, int] = {}
        self._hints: dict[int, str] = {}
        self._holders: dict[str, tuple[TracedTensor, int]] = {}

    def unique(self, name: str) -> str:
        """Return `name`, with a number behind it from its second use on."""
        return unique_name(name, self._root._used)

    @contextlib.contextmanager
    def current(self) -> Iterator[Graph]:
        """Make this the graph that `op` and `constant` add to."""
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)

    def body(self) -> Graph:
        """Return an empty graph inside this one, which sees all of its values."""
        return Graph(self.opset, parent=self)

    def input(self, name: str, dtype: str, dims: Sequence[Dim]) -> TracedTensor:
        """Declare an input of the graph."""
        tensor = _traced(self.unique(name), dtype, tuple(dims))
        self.inputs.append(tensor.value)
        for axis, dim in enumerate(dims):
            if isinstance(dim, str):
                self._holders.setdefault(dim, (tensor, axis))
        return tensor

    def holder(self, dim: Dim) -> tuple[TracedTensor, int] | None:
        """Return the first of the model's inputs that has a symbol, and at which axis."""
        return self._root._holders.get(str(dim))

    def constant(self, array: Array) -> TracedTensor:
        """Return a constant; small equal ones are one value."""
        if array.nbytes > _SHARED or array.dtype == object:
            return self.known(dtype_name(array), array.shape, lambda: array, "constant")
        key = (array.dtype.name, array.shape, array.tobytes())
        known = self._root._constants
        if key not in known:
            known[key] = self.known(dtype_name(array), array.shape, lambda: array, "constant")
        return known[key]

    def known(
        self, dtype: str, dims: tuple[Dim, ...], load: Callable[[], Array], name: str
    ) -> TracedTensor:
        """Return a constant of a known type whose elements `load` fetches when they are needed."""
        tensor = _traced(self.unique(name), dtype, dims, load)
        self._root._hints[id(tensor.value)] = name
        if dtype == "string":
            words = np.vectorize(_encoded, otypes=[object])(load())
            tensor.value.const_value = ir.StringTensor(words, name=tensor.value.name)
            return tensor
        tensor.value.const_value = ir.LazyTensor(
            lambda: ir.Tensor(np.ascontiguousarray(load()), dtype=onnx_type(dtype)),
            dtype=onnx_type(dtype),
            shape=ir.Shape(dims),
            name=tensor.value.name,
        )
        return tensor

    def hint(self, constant: TracedTensor) -> str:
        """Return the name that a constant was asked for under, before it was made unique."""
        return self._root._hints[id(constant.value)]

    def name_values(self, used: Sequence[ir.Value]) -> None:
        """Name what is left: constants after their weights, nothing like an input or output."""
        contract = {id(value) for value in (*self.inputs, *self.outputs)}
        inner = [v for node in self.nodes for v in node.outputs if id(v) not in contract]
        self._used = dict.fromkeys([str(v.name) for v in (*self.inputs, *self.outputs)], 0)
        for value in (*used, *inner):
            value.name = self.unique(self._hints.get(id(value), str(value.name)))

    def add(
        self, node: ir.Node, outputs: Sequence[tuple[str, Sequence[Dim | None]]]
    ) -> tuple[TracedTensor, ...]:
        """Append a node and return its outputs, typed (dtype, dims); a None dim gets a symbol."""
        path = self._scope()
        node.name = self.unique(f"{path}/{node.op_type}" if path else node.op_type)
        self.nodes.append(node)
        tensors = []
        for i, (value, (dtype, dims)) in enumerate(zip(node.outputs, outputs, strict=True)):
            value.name = node.name if i == 0 else f"{node.name}:{i}"
            full = tuple(self.unique("dim") if dim is None else dim for dim in dims)
            value.shape, value.type = ir.Shape(full), ir.TensorType(onnx_type(dtype))
            tensors.append(TracedTensor(value, dtype, full))
        return tuple(tensors)


def current_graph() -> Graph:
    """Return the graph under construction."""
    return _current.get()


def opset() -> int:
    """Return the opset that nodes are written for at the moment."""
    return current_graph().opset


def constant(value: Any, dtype: str | None = None) -> TracedTensor:
    """Return a constant from a number, a list or an array."""
    return current_graph().constant(np.asarray(value, dtype=dtype and ir_numpy(dtype)))


def ints(*values: int) -> TracedTensor:
    """Return the int64 vector that ONNX wants for axes, shapes, pads and repeats."""
    return constant(np.array(values, "int64"))


def op(
    op_type: str, *inputs: TracedTensor | None, types: Types | None = None, **attributes: Any
) -> TracedTensor:
    """Add a node with one output and return that.

    Args:
        op_type: An operator of the standard, ai.onnx.ml included.
        inputs: Its inputs; None for one that is left out.
        types: dtype and dims of the output, for what inference cannot know.
        attributes: Its attributes; those that are None are left out.
    """
    return op_multi(op_type, *inputs, outputs=1, types=types, **attributes)[0]


def op_multi(
    op_type: str,
    *inputs: TracedTensor | None,
    outputs: int,
    types: Types | None = None,
    **attributes: Any,
) -> tuple[TracedTensor, ...]:
    """Add a node and return its first `outputs` outputs."""
    graph = current_graph()
    kept = {name: value for name, value in attributes.items() if value is not None}
    # The same operator on the same values is computed once; a mask may be set on each result.
    key = (op_type, outputs, repr(kept), *(None if t is None else id(t.value) for t in inputs))
    if key not in graph.computed:
        graph.computed[key] = _computed(graph, op_type, inputs, outputs, types, kept)
    return tuple(tensor.alias() for tensor in graph.computed[key])


def _computed(
    graph: Graph,
    op_type: str,
    inputs: Sequence[TracedTensor | None],
    outputs: int,
    types: Types | None,
    attributes: dict[str, Any],
) -> tuple[TracedTensor, ...]:
    """Return the outputs of a new node, or the constants that they are."""
    domain = domain_of(op_type)
    version = ML_OPSET if domain else graph.opset
    schema = schema_of(op_type, version, domain)
    node = ir.node(
        op_type,
        [None if tensor is None else tensor.value for tensor in inputs],
        attributes,
        domain=domain,
        num_outputs=outputs,
        version=version,
    )
    check_types(schema, inputs)
    inferred = types or infer(schema, node, inputs, version)
    if is_foldable(op_type, inputs, inferred):
        return tuple(_fold(graph, node, inputs, i, *known) for i, known in enumerate(inferred))
    return graph.add(node, inferred)


def _encoded(word: str | bytes) -> bytes:
    """Return a string as ONNX keeps it; TensorFlow's are bytes already."""
    return word if isinstance(word, bytes) else word.encode()


def _traced(
    name: str, dtype: str, dims: tuple[Dim, ...], load: Callable[[], Array] | None = None
) -> TracedTensor:
    value = ir.Value(name=name, shape=ir.Shape(dims), type=ir.TensorType(onnx_type(dtype)))
    return TracedTensor(value, dtype, dims, load)


def _fold(
    graph: Graph,
    node: ir.Node,
    inputs: Sequence[TracedTensor | None],
    output: int,
    dtype: str,
    dims: Sequence[Dim | None],
) -> TracedTensor:
    """Return the constant that an output of a node over constants is, computed when needed."""
    # The longest input is the weight that the others only reshape or scale: it gives the name.
    source = max((t for t in inputs if t is not None), key=lambda t: t.size or 0)
    for position, value in enumerate(node.outputs):
        value.name = f"output:{position}"
    proto = ir.serde.serialize_node(node)
    feeds = {tensor.name: tensor for tensor in inputs if tensor is not None}

    def load() -> Array:
        evaluator = ReferenceEvaluator(proto, opsets={"": graph.opset, ML_DOMAIN: ML_OPSET})
        results: Any = evaluator.run(None, {name: tensor.array for name, tensor in feeds.items()})
        return np.asarray(results[output], ir_numpy(dtype))

    return graph.known(dtype, tuple(d for d in dims if d is not None), load, graph.hint(source))
