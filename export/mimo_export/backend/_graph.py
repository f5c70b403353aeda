"""The graph under construction: adds nodes, infers their types, folds constants, gives names.

One `Graph` is current while a model is traced; `op` and `constant` add to it. Shapes and dtypes
come from ONNX's own inference, node by node, so that no function repeats what the standard says. A
node whose inputs are all known becomes a constant that is evaluated when it is needed, by ONNX's
reference implementation: NumPy, and so the same bytes whichever framework is underneath.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir

from mimo_export.backend._tensor import Array, Dim, TracedTensor
from mimo_export.errors import UnsupportedOperationError

OLDEST_OPSET = 17
NEWEST_OPSET = onnx.defs.onnx_opset_version()

_SHOWN = 1024  # elements up to which shape inference is shown a constant: shapes, axes, pads
_SHOWN_REALS = 8  # the same for other constants: bounds of a Range, scales of a Resize
_SHARED = 4096  # bytes up to which equal constants are one
_UNFOLDABLE = frozenset({"bfloat16", "float8_e4m3fn", "float8_e5m2", "string"})
_ONNX_NAMES = {
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "float8_e4m3fn": "FLOAT8E4M3FN",
    "float8_e5m2": "FLOAT8E5M2",
}

_current: contextvars.ContextVar[Graph] = contextvars.ContextVar("onnx_graph")


class OpsetTooLowError(Exception):
    """Raised inside a trace by an operator that needs a newer opset than the one being tried."""

    def __init__(self, needed: int, operator: str) -> None:
        super().__init__(f"{operator} needs opset {needed}")
        self.needed, self.operator = needed, operator


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

    def unique(self, name: str) -> str:
        """Return `name`, with a number behind it from its second use on."""
        used = self._root._used
        used[name] = used.get(name, -1) + 1
        return f"{name}_{used[name]}" if used[name] else name

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
        return tensor

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


Types = Sequence[tuple[str, Sequence[Dim | None]]]
"""The dtype and the dimensions of each output of a node; None where a dimension is not known."""


def op(
    op_type: str, *inputs: TracedTensor | None, types: Types | None = None, **attributes: Any
) -> TracedTensor:
    """Add a node with one output and return that.

    Args:
        op_type: An operator of the standard ONNX domain.
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
    schema = _schema(op_type, graph.opset)
    node = ir.node(
        op_type,
        [None if tensor is None else tensor.value for tensor in inputs],
        attributes,
        num_outputs=outputs,
        version=graph.opset,
    )
    _check_types(schema, inputs)
    inferred = types or _infer(schema, node, inputs, graph.opset)
    if _foldable(inputs) and all(_is_known(*inferred_type) for inferred_type in inferred):
        return tuple(_fold(graph, node, inputs, i, *known) for i, known in enumerate(inferred))
    return graph.add(node, inferred)


def dtype_name(array: Array) -> str:
    """Return Keras's name for the dtype of an array."""
    return "string" if array.dtype.kind in "OUS" else array.dtype.name


def onnx_type(dtype: str) -> ir.DataType:
    """Return ONNX's element type for a Keras dtype."""
    return ir.DataType[_ONNX_NAMES.get(dtype, dtype.upper())]


def dtype_of(kind: ir.DataType) -> str:
    """Return Keras's dtype for ONNX's element type."""
    known = (ours for ours, theirs in _ONNX_NAMES.items() if theirs == kind.name)
    return next(known, kind.name.lower())


def ir_numpy(dtype: str) -> Any:
    """Return NumPy's dtype for a Keras dtype (bfloat16 and float8 included)."""
    return onnx_type(dtype).numpy()


def _traced(
    name: str, dtype: str, dims: tuple[Dim, ...], load: Callable[[], Array] | None = None
) -> TracedTensor:
    value = ir.Value(name=name, shape=ir.Shape(dims), type=ir.TensorType(onnx_type(dtype)))
    return TracedTensor(value, dtype, dims, load)


@functools.cache
def _schema(op_type: str, opset: int) -> onnx.defs.OpSchema:
    try:
        return onnx.defs.get_schema(op_type, opset, "")
    except onnx.defs.SchemaError:
        first = min(
            s.since_version
            for s in onnx.defs.get_all_schemas_with_history()
            if s.name == op_type and s.domain == ""
        )
        raise OpsetTooLowError(first, op_type) from None


def _check_types(schema: onnx.defs.OpSchema, inputs: Sequence[TracedTensor | None]) -> None:
    """Refuse an element type that the operator's definition does not admit."""
    for i, tensor in enumerate(inputs):
        if tensor is None:
            continue
        formal = schema.inputs[min(i, len(schema.inputs) - 1)]
        if f"tensor({onnx_type(tensor.dtype).name.lower()})" not in formal.types:
            raise UnsupportedOperationError(
                f"ONNX's {schema.name} takes no {tensor.dtype}",
                where=f"input {formal.name!r}, {tensor!r}",
                remedy="cast to another dtype before the operation",
            )


def _infer(
    schema: onnx.defs.OpSchema,
    node: ir.Node,
    inputs: Sequence[TracedTensor | None],
    opset: int,
) -> list[tuple[str, tuple[Dim | None, ...]]]:
    present = [tensor for tensor in inputs if tensor is not None]
    for position, value in enumerate(node.outputs):
        value.name = f"output:{position}"
    proto = ir.serde.serialize_node(node)
    found = onnx.shape_inference.infer_node_outputs(
        schema,
        proto,
        {t.name: _type_proto(t) for t in present},
        {t.name: _data_proto(t) for t in present if _is_shown(t)},
        opset_imports=[onnx.helper.make_opsetid("", opset)],
        ir_version=8,
    )
    return [_read_type(found[value.name]) for value in node.outputs if value.name]


def _type_proto(tensor: TracedTensor) -> onnx.TypeProto:
    return onnx.helper.make_tensor_type_proto(onnx_type(tensor.dtype).value, tensor.dims)


def _is_shown(tensor: TracedTensor) -> bool:
    size = tensor.size
    limit = _SHOWN if "int" in tensor.dtype else _SHOWN_REALS
    return tensor.is_constant and size is not None and size <= limit and tensor.dtype != "string"


def _data_proto(tensor: TracedTensor) -> onnx.TensorProto:
    return ir.serde.serialize_tensor(ir.Tensor(tensor.array, dtype=onnx_type(tensor.dtype)))


def _read_type(proto: onnx.TypeProto) -> tuple[str, tuple[Dim | None, ...]]:
    tensor = proto.tensor_type
    dtype = dtype_of(ir.DataType(tensor.elem_type))
    dims = tuple(
        d.dim_value if d.HasField("dim_value") else d.dim_param or None for d in tensor.shape.dim
    )
    return dtype, dims


def _foldable(inputs: Sequence[TracedTensor | None]) -> bool:
    return bool(inputs) and all(
        tensor is None or (tensor.is_constant and tensor.dtype not in _UNFOLDABLE)
        for tensor in inputs
    )


def _is_known(dtype: str, dims: Sequence[Dim | None]) -> bool:
    return dtype not in _UNFOLDABLE and None not in dims


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
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(proto, opsets={"": graph.opset})
        results: Any = evaluator.run(None, {name: tensor.array for name, tensor in feeds.items()})
        return np.asarray(results[output], ir_numpy(dtype))

    return graph.known(dtype, tuple(d for d in dims if d is not None), load, graph.hint(source))
