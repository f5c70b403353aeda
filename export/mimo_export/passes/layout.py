"""Move every Transpose towards the outputs until it meets its inverse.

ONNX's convolutions and pools want channels first, Keras computes channels last: the trace puts a
Transpose on both sides of each. Most of them only undo each other.

1. Transpose(Transpose(x)) is one Transpose, or none.
2. f(Transpose(x), ...), element by element, is Transpose(f(x, ...)); constants are turned instead.
3. Concat, Softmax, reductions and Pad do the same along another axis.
4. Reshape(Transpose(x)) to [batch, features] before a product with a constant matrix is Reshape(x)
   before that matrix with its rows in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite

# fmt: off
ELEMENTWISE = frozenset((
    "Abs", "Add", "And", "Cast", "Ceil", "Clip", "Cos", "Div", "Elu", "Equal", "Erf", "Exp",
    "Floor", "Gelu", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "LeakyRelu",
    "Less", "LessOrEqual", "Log", "Max", "Min", "Mish", "Mul", "Neg", "Not", "Or", "Pow",
    "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign",
    "Sqrt", "Sub", "Tanh", "Where", "Xor",
))
# fmt: on
REDUCTIONS = frozenset(
    f"Reduce{kind}" for kind in ("Max", "Mean", "Min", "Prod", "Sum", "L1", "L2")
)


class LayoutPass(ir.passes.InPlacePass):
    """Move Transposes down and cancel them."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Sweep once from the inputs to the outputs: what is moved is met again further down."""
        modified = False
        for node in model.graph:
            modified |= _sink(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _sink(graph: ir.Graph, node: ir.Node) -> bool:
    if node.op_type == "Transpose":
        return _merge(graph, node)
    if not any(_perm(value) for value in node.inputs):
        return False
    if node.op_type in ELEMENTWISE:
        return _sink_elementwise(graph, node)
    if node.op_type in _ALONG_AXES:
        return _ALONG_AXES[node.op_type](graph, node)
    if node.op_type in REDUCTIONS:
        return _sink_reduction(graph, node)
    return node.op_type == "Reshape" and _fold_into_rows(graph, node)


def _perm(value: ir.Value | None) -> list[int] | None:
    """Return the permutation of the Transpose that makes a value, None if none does."""
    producer = None if value is None else value.producer()
    if producer is None or producer.op_type != "Transpose":
        return None
    return list(producer.attributes["perm"].as_ints())


def _source(value: ir.Value | None) -> ir.Value:
    """Return what the Transpose that makes a value reads."""
    producer = None if value is None else value.producer()
    source = None if producer is None else producer.inputs[0]
    if source is None:
        raise ValueError(f"{value} does not come out of a Transpose")
    return source


def _inverse(perm: Sequence[int]) -> list[int]:
    return [int(axis) for axis in np.argsort(perm)]


def _merge(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 1."""
    first = _perm(node.inputs[0])
    if first is None:
        return False
    second = list(node.attributes["perm"].as_ints())
    source = _source(node.inputs[0])
    both = [first[axis] for axis in second]
    if both != sorted(both):
        node.replace_input_with(0, source)
        node.attributes["perm"] = ir.AttrInt64s("perm", both)
        return True
    if node.outputs[0].is_graph_output():
        # The contract's name stays where it is; the value it names needs no turning.
        _rewrite.replace(node, ir.node("Identity", [source]))
        return True
    ir.convenience.replace_all_uses_with(node.outputs[0], source)
    graph.remove(node, safe=True)
    return True


def _sink_elementwise(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 2."""
    rank = len(_rewrite.dims(node.outputs[0]))
    perms = {tuple(perm) for value in node.inputs if (perm := _perm(value))}
    if len(perms) != 1:
        return False
    perm = list(perms.pop())
    others = [v for v in node.inputs if v is not None and not _perm(v)]
    if len(perm) != rank or not all(
        _rewrite.is_scalar(v) or _rewrite.is_constant(v) for v in others
    ):
        return False
    for position, value in enumerate(node.inputs):
        if _perm(value):
            node.replace_input_with(position, _source(value))
        elif value is not None and not _rewrite.is_scalar(value):
            node.replace_input_with(position, _turned(graph, value, perm))
    _put_behind(node, perm)
    return True


def _turned(graph: ir.Graph, value: ir.Value, perm: list[int]) -> ir.Value:
    """Return a constant that is broadcast against x as the old one was against Transpose(x)."""
    shape = [dim for dim in _rewrite.dims(value) if isinstance(dim, int)]
    full = [1] * (len(perm) - len(shape)) + shape
    back = _inverse(perm)

    def load() -> _rewrite.Array:
        return np.asarray(_rewrite.constant(value)).reshape(full).transpose(back)

    return _rewrite.new_constant(graph, value, [full[axis] for axis in back], load)


def _put_behind(node: ir.Node, perm: Sequence[int]) -> None:
    """Turn the output of a node that now computes before the Transpose."""
    output = node.outputs[0]
    shape = _rewrite.dims(output)
    behind = _rewrite.after(node, "Transpose", shape, perm=list(perm))
    before = behind.inputs[0]
    if before is None:
        raise ValueError(f"{behind} lost its input")
    before.shape = ir.Shape([shape[axis] for axis in _inverse(perm)])


def _common_perm(values: Sequence[ir.Value | None]) -> list[int] | None:
    perms = [_perm(value) for value in values]
    return perms[0] if perms[0] and all(perm == perms[0] for perm in perms) else None


def _sink_concat(_: ir.Graph, node: ir.Node) -> bool:
    """Case 3, over several inputs."""
    perm = _common_perm(node.inputs)
    if perm is None:
        return False
    for position, value in enumerate(node.inputs):
        node.replace_input_with(position, _source(value))
    return _move_axis(node, perm)


def _sink_softmax(_: ir.Graph, node: ir.Node) -> bool:
    """Case 3, along one axis."""
    perm = _perm(node.inputs[0])
    if perm is None:
        return False
    node.replace_input_with(0, _source(node.inputs[0]))
    return _move_axis(node, perm)


def _move_axis(node: ir.Node, perm: list[int]) -> bool:
    axis = node.attributes["axis"].as_int()
    node.attributes["axis"] = ir.AttrInt64("axis", perm[axis])
    _put_behind(node, perm)
    return True


def _sink_pad(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 3, with a width for each axis."""
    perm, pads = _perm(node.inputs[0]), _rewrite.constant(node.inputs[1])
    if perm is None or pads is None or len(node.inputs) > 3:
        return False
    back = _inverse(perm)
    before, after = pads[: len(perm)], pads[len(perm) :]
    turned = [int(side[axis]) for side in (before, after) for axis in back]
    node.replace_input_with(0, _source(node.inputs[0]))
    node.replace_input_with(1, _rewrite.int_constant(graph, turned, f"{node.name}/pads"))
    _put_behind(node, perm)
    return True


_ALONG_AXES: dict[str, Callable[[ir.Graph, ir.Node], bool]] = {
    "Concat": _sink_concat,
    "LogSoftmax": _sink_softmax,
    "Pad": _sink_pad,
    "Softmax": _sink_softmax,
}


def _sink_reduction(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 3, where axes go away."""
    perm, axes = _perm(node.inputs[0]), _rewrite.ints(node, 1, "axes")
    if perm is None or axes is None:
        return False
    kept = [perm[axis] for axis in range(len(perm)) if axis not in axes]
    moved = sorted(perm[axis] for axis in axes)
    _rewrite.set_axes(graph, node, moved)
    node.replace_input_with(0, _source(node.inputs[0]))
    keepdims = node.attributes.get("keepdims")
    if keepdims is None or keepdims.as_int():
        _put_behind(node, perm)
    elif kept != sorted(kept):
        _put_behind(node, [sorted(kept).index(axis) for axis in kept])
    return True


def _fold_into_rows(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 4."""
    perm = _perm(node.inputs[0])
    if perm is None or perm[0] != 0:
        return False
    turned, flat = _rewrite.dims(node.inputs[0]), _rewrite.dims(node.outputs[0])
    sizes = [dim for dim in turned[1:] if isinstance(dim, int)]
    if len(sizes) < len(turned) - 1 or flat != (turned[0], int(np.prod(sizes))):
        return False
    products = _products(node.outputs[0], 0)
    if not products:
        return False
    places = np.arange(int(np.prod(sizes))).reshape(sizes)
    order = places.transpose([axis - 1 for axis in _inverse(perm)[1:]]).ravel()
    for product, offset in products:
        _reorder_rows(graph, product, offset, order)
    node.replace_input_with(0, _source(node.inputs[0]))
    return True


def _products(value: ir.Value, offset: int) -> list[tuple[ir.Node, int]]:
    """Return the MatMuls with a constant that alone read features, and from which row on."""
    found: list[tuple[ir.Node, int]] = []
    if value.is_graph_output():
        return []
    for node, position in ((use.node, use.idx) for use in value.uses()):
        if node.op_type == "MatMul" and position == 0 and _rewrite.is_constant(node.inputs[1]):
            inner = [(node, offset)]
        elif node.op_type == "Concat" and node.attributes["axis"].as_int() == 1:
            widths = [_rewrite.dims(part)[1] for part in node.inputs[:position]]
            known = [width for width in widths if isinstance(width, int)]
            unknown = len(known) < len(widths)
            inner = [] if unknown else _products(node.outputs[0], offset + sum(known))
        else:
            inner = []
        if not inner:
            return []
        found.extend(inner)
    return found


def _reorder_rows(graph: ir.Graph, node: ir.Node, offset: int, order: _rewrite.Array) -> None:
    matrix = node.inputs[1]
    if matrix is None:
        raise ValueError(f"{node} lost its matrix")

    def load() -> _rewrite.Array:
        rows = np.array(_rewrite.constant(matrix))
        block = slice(offset, offset + len(order))
        rows[block] = rows[block][order]
        return rows

    shape = [dim for dim in _rewrite.dims(matrix) if isinstance(dim, int)]
    node.replace_input_with(1, _rewrite.new_constant(graph, matrix, shape, load))
