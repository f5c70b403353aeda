"""Let a recurrent operator read a large batch in stretches of time.

onnxruntime 1.32 first computes what the inputs add to the gates at every step: 26 MB for 256 rows,
100 steps and 64 units of an LSTM, which no cache near a core holds. Ten steps after ten steps that
model takes 0.66 of the time on one thread, and others 0.65 to 0.95 of theirs.

1. An LSTM or GRU in one direction over a known number of steps, without lengths, of which the last
   states alone are read, in the If that keeps it from an empty batch: 128 rows or more go to the
   other branch, where a Loop runs the operator on one stretch after the other. That Loop makes no
   turn for an empty batch: its states remain what they were, of no rows. The operator stays whole
   where 2 MB hold the gates of 128 rows, and where something else in the model is larger than they
   are, a picture or what a convolution makes of it: the time goes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite
from mimo_export.passes._nodes import Nodes, Type, typed, value

_ROWS = 128  # fewer are no faster with two threads
_STEPS = 10
_CACHE = 1 << 21  # bytes
_LENGTHS, _STATES = 4, 5  # places of the operators' inputs


class StretchPass(ir.passes.InPlacePass):
    """Give large batches a branch of their own."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every If once, also in the bodies."""
        nodes = list(ir.traversal.RecursiveGraphIterator(model.graph))
        largest = max(map(_size_of_row, _values(model.graph)), default=0)
        places = [place for node in nodes if (place := _place(node, largest)) is not None]
        asked: dict[ir.Value, ir.Value] = {}
        for place in places:
            if place.size not in asked:
                asked[place.size] = _ask(model.graph, place.size)
            place.choice.replace_input_with(0, asked[place.size])
            _divide(model.graph, place)
        return ir.passes.PassResult(model, modified=bool(places))


@dataclass(frozen=True)
class _Place:
    """An operator that is to read in stretches.

    Attributes:
        choice: The If around it.
        node: The operator.
        size: How many rows there are, int64 [1].
        steps: How many steps.
    """

    choice: ir.Node
    node: ir.Node
    size: ir.Value
    steps: int


def _place(choice: ir.Node, largest: int) -> _Place | None:
    """Return the operator in an If that asks whether a batch is empty, if it can be divided."""
    size = _asked(choice) if choice.op_type == "If" else None
    if size is None:
        return None
    branch = choice.attributes["then_branch"].as_graph()
    nodes = [node for node in branch if node.op_type in ("LSTM", "GRU")]
    if len(nodes) != 1 or not _gives_states_alone(nodes[0]):
        return None
    node = nodes[0]
    steps, gates = _rewrite.dims(node.inputs[0])[0], _rewrite.dims(node.inputs[2])[1]
    if not isinstance(steps, int) or not isinstance(gates, int) or steps < 2 * _STEPS:
        return None
    if 4 * _ROWS * steps * gates <= _CACHE or steps * gates < largest:
        return None
    return _Place(choice, node, size, steps)


def _gives_states_alone(node: ir.Node) -> bool:
    """Whether an operator in one direction, without lengths, has no reader of all steps."""
    steps = node.outputs[0]
    one_way = _direction(node) != "bidirectional" and _rewrite.operand(node, _LENGTHS) is None
    return one_way and not steps.uses() and not steps.is_graph_output()


def _values(graph: ir.Graph) -> Iterator[ir.Value]:
    yield from graph.inputs
    for node in graph:
        yield from node.outputs


def _size_of_row(value: ir.Value) -> int:
    """Return how many numbers of a value belong to one row of a batch, as far as is known."""
    dims = () if value.shape is None else _rewrite.dims(value)
    return prod(size for size in dims if isinstance(size, int))


def _asked(choice: ir.Node) -> ir.Value | None:
    """Return the size of which a condition says whether it is 0."""
    cast = None if choice.inputs[0] is None else choice.inputs[0].producer()
    size = cast.inputs[0] if cast is not None and cast.op_type == "Cast" else None
    maker = None if size is None else size.producer()
    return size if maker is not None and maker.op_type == "Shape" else None


def _direction(node: ir.Node) -> str:
    attribute = node.attributes.get("direction")
    return "forward" if attribute is None else attribute.as_string()


def _ask(graph: ir.Graph, size: ir.Value) -> ir.Value:
    """Return whether there are 1 to 127 rows: an answer for each number, the last one for more."""
    shape = size.producer()
    if shape is None:
        raise ValueError(f"{size} is not computed")
    nodes = Nodes(graph, shape)
    rows = nodes.add("Min", [size, nodes.ints(_ROWS)], _SIZE)
    answers = nodes.constant(np.arange(_ROWS + 1) % _ROWS > 0)
    is_small = nodes.add("Gather", [answers, rows], (ir.DataType.BOOL, (1,)))
    shape.append(nodes.made)
    return is_small


def _divide(graph: ir.Graph, place: _Place) -> None:
    """Let the other branch do what the first does, in stretches."""
    attributes = place.choice.attributes
    empty = attributes["else_branch"].as_graph()
    empty.outputs.clear()
    for node in reversed(list(empty)):
        empty.remove(node, safe=True)
    large = attributes["then_branch"].as_graph().clone(allow_outer_scope_values=True)
    large.name = "in_stretches"  # by which `optimize/whole.py` knows it
    attributes["else_branch"] = ir.AttrGraph("else_branch", large)
    node = next(node for node in large if node.op_type == place.node.op_type)
    nodes = Nodes(graph, node)
    states = _loop(nodes, place)
    node.prepend(nodes.made)
    for old, state in zip(node.outputs[1:], states, strict=False):
        ir.convenience.replace_all_uses_with(old, state, replace_graph_outputs=True)
    large.remove(node, safe=True)


def _loop(nodes: Nodes, place: _Place) -> Sequence[ir.Value]:
    """Add a Loop that ends with the states of the operator for which the nodes are."""
    node = nodes.origin
    units, (dtype, dims) = node.attributes["hidden_size"].as_int(), typed(node.inputs[0])
    state = dtype, (1, dims[1], units)
    states = [
        _rewrite.operand(node, _STATES + i) for i in range(2 if node.op_type == "LSTM" else 1)
    ]
    if None in states:
        sizes = [nodes.ints(1), place.size, nodes.ints(units)]
        shape = nodes.add("Concat", sizes, (ir.DataType.INT64, (3,)), axis=0)
        zero = nodes.constant(np.zeros((), dtype.numpy()))
        zeros = nodes.add("Expand", [zero, shape], state)
        states = [zeros if given is None else given for given in states]
    width = max(_STEPS, -(-place.steps // _ROWS))  # so that there are no more turns than rows
    count = -(-place.steps // width)
    turns = nodes.add("Min", [place.size, nodes.ints(count)], _SIZE)
    body = _turn(Nodes(nodes.graph, node), [state] * len(states), width, count)
    return nodes.add_all("Loop", [turns, None, *states], [state] * len(states), body=body)


def _turn(nodes: Nodes, types: Sequence[Type], width: int, count: int) -> ir.Graph:
    """Return a graph that takes an operator's states through one stretch."""
    node = nodes.origin
    number, go_on = value("number", (ir.DataType.INT64, ())), value("go_on", _FLAG)
    states = [value("state", state) for state in types]
    first = number
    if _direction(node) == "reverse":
        first = nodes.add("Sub", [nodes.ints(count - 1), number], _SIZE)
    start = nodes.add("Mul", [first, nodes.ints(width)], _SIZE)
    end = nodes.add("Add", [start, nodes.ints(width)], _SIZE)
    dtype, (_, *dims) = typed(node.inputs[0])
    operands = [node.inputs[0], start, end, nodes.ints(0)]
    stretch = nodes.add("Slice", operands, (dtype, (None, *dims)))
    weights = [_rewrite.operand(node, i) for i in range(1, _LENGTHS)]
    operands = [stretch, *weights, None, *states]
    every = dtype, (None, *types[0][1])
    after = nodes.add_all(node.op_type, operands, [every, *types], **node.attributes)
    outputs = [nodes.add("Identity", [go_on], _FLAG), *after[1:]]
    return ir.Graph([number, go_on, *states], outputs, nodes=nodes.made, name="stretch")


_SIZE, _FLAG = (ir.DataType.INT64, (1,)), (ir.DataType.BOOL, ())
