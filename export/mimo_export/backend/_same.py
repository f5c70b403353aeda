"""Whether two parts of one graph compute the same from their inputs.

A model that is called twice in one graph answers the same twice, unless its first call has left
something for the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from mimo_export.backend._graph import Graph
from mimo_export.backend._tensor import TracedTensor

Pair = tuple[ir.Value | None, ir.Value | None]
_OF_SHAPES = frozenset({"Shape", "Size"})  # equal in both: their symbols are


def are_same(
    graph: Graph,
    inputs: Sequence[tuple[TracedTensor, TracedTensor]],
    outputs: Sequence[tuple[TracedTensor, TracedTensor]],
) -> bool:
    """Tell whether the second outputs come from the second inputs as the first do from the first.

    Args:
        graph: With all of them.
        inputs: Of the first and the second call, in pairs.
        outputs: The same.
    """
    of_first = _reached(graph.nodes, [first.value for first, _ in inputs])
    bound = {id(first.value): id(second.value) for first, second in inputs}
    todo: list[Pair] = [(first.value, second.value) for first, second in outputs]
    seen: set[tuple[int, int]] = set()
    while todo:
        first, second = todo.pop()
        if (id(first), id(second)) in seen:
            continue
        seen.add((id(first), id(second)))
        if first is None or second is None:
            if first is not second:
                return False
        elif bound.get(id(first)) == id(second):
            continue
        elif first is second:
            if id(first) in of_first:
                return False  # the second call has it of the first
        else:
            behind = _behind(first, second, bound)
            if behind is None:
                return False
            todo += behind
    return True


def _behind(first: ir.Value, second: ir.Value, bound: dict[int, int]) -> list[Pair] | None:
    """Return what has to be the same for two values to be the same; None where they are not."""
    one, other = first.producer(), second.producer()
    if one is None or other is None:
        return [] if one is other and _are_equal(first.const_value, second.const_value) else None
    here, there = (
        (node.op_type, node.domain, len(node.inputs), list(node.attributes), value.index())
        for node, value in ((one, first), (other, second))
    )
    if here != there:
        return None
    pairs: list[Pair] = list(zip(one.inputs, other.inputs, strict=True))
    for name, attribute in one.attributes.items():
        inner = _attributes_behind(attribute, other.attributes[name], bound)
        if inner is None:
            return None
        pairs += inner
    return pairs


def _attributes_behind(
    first: ir.Attr, second: ir.Attr, bound: dict[int, int]
) -> Iterable[Pair] | None:
    if first.type != second.type:
        return None
    if first.type != ir.AttributeType.GRAPH:
        one, other = (ir.serde.serialize_attribute(a).SerializeToString() for a in (first, second))
        return [] if one == other else None
    body, another = first.as_graph(), second.as_graph()
    if len(body.inputs) != len(another.inputs) or len(body.outputs) != len(another.outputs):
        return None
    bound.update((id(a), id(b)) for a, b in zip(body.inputs, another.inputs, strict=True))
    return list(zip(body.outputs, another.outputs, strict=True))


def _are_equal(first: Any, second: Any) -> bool:
    """Tell whether two constants are the same numbers or words."""
    if first is None or second is None:
        return False
    if first.dtype != second.dtype or first.shape != second.shape:
        return False
    return bool(np.array_equal(first.numpy(), second.numpy()))


def _reached(nodes: Iterable[ir.Node], sources: Iterable[ir.Value]) -> set[int]:
    """Return the ids of all values whose numbers depend on some."""
    reached = {id(source) for source in sources}
    for node in nodes:
        if node.op_type not in _OF_SHAPES and any(id(value) in reached for value in _read(node)):
            reached |= {id(value) for value in node.outputs}
    return reached


def _read(node: ir.Node) -> Iterable[ir.Value | None]:
    """Yield what a node reads, and what the bodies inside of it read."""
    yield from node.inputs
    for attribute in node.attributes.values():
        if attribute.type == ir.AttributeType.GRAPH:
            yield from attribute.as_graph().outputs
            for inner in attribute.as_graph():
                yield from _read(inner)
