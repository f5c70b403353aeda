"""What the passes share: reading constants, making new ones, putting a node in another's place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np
import onnx_ir as ir

Array = np.ndarray[Any, np.dtype[Any]]

_BEFORE = ":before"  # behind the name of a constant whose name another has


def constant(value: ir.Value | None) -> Array | None:
    """Return the elements of a constant, None if the value is computed or left out."""
    if value is None or value.const_value is None:
        return None
    return np.asarray(value.const_value.numpy())


def is_constant(value: ir.Value | None) -> bool:
    """Whether a value is a constant, without reading it."""
    return value is not None and value.const_value is not None


def operand(node: ir.Node, place: int) -> ir.Value | None:
    """Return an input of a node, None where it is left out."""
    return node.inputs[place] if place < len(node.inputs) else None


def dims(value: ir.Value | None) -> tuple[int | str | None, ...]:
    """Return the dimensions of a value: ints, symbols, None where nothing is known."""
    if value is None or value.shape is None:
        raise ValueError(f"{value} came without a shape out of the trace")
    return tuple(d if isinstance(d, int) else d.value for d in value.shape)


def is_scalar(value: ir.Value) -> bool:
    """Whether a value has one element, whatever its rank."""
    return all(dim == 1 for dim in dims(value))


def only_maker(value: ir.Value | None) -> ir.Node | None:
    """Return what makes a value that has one reader and is no output: both may be rewritten."""
    if value is None or value.is_graph_output() or len(value.uses()) != 1:
        return None
    return value.producer()


def set_axes(graph: ir.Graph, node: ir.Node, axes: Sequence[int]) -> None:
    """Give a reduction other axes: an attribute in older opsets, then an input."""
    if "axes" in node.attributes:
        node.attributes["axes"] = ir.AttrInt64s("axes", axes)
    else:
        node.replace_input_with(1, int_constant(graph, axes, f"{node.name}/axes"))


def ints(node: ir.Node, position: int, attribute: str) -> list[int] | None:
    """Return axes, pads and the like from an input or, in older opsets, from an attribute.

    None if they are computed in the graph, or left out.
    """
    if attribute in node.attributes:
        return list(node.attributes[attribute].as_ints())
    given = constant(operand(node, position))
    return None if given is None else [int(n) for n in given.ravel()]


def new_constant(
    graph: ir.Graph, old: ir.Value, shape: Sequence[int], load: Callable[[], Array]
) -> ir.Value:
    """Return a constant made from another one, under its name if nobody else reads the old."""
    name = str(old.name).removesuffix(_BEFORE)
    if len(old.uses()) <= 1 and graph.initializers.get(name) is old:
        graph.initializers.pop(name)
        old.name = f"{name}{_BEFORE}"
        graph.initializers[old.name] = old
    else:
        name = _free(graph, name)
    if old.dtype is None:
        raise ValueError(f"{old} came without a dtype out of the trace")
    dtype, full = old.dtype, ir.Shape(shape)
    value = ir.Value(name=name, shape=full, type=ir.TensorType(dtype))
    value.const_value = ir.LazyTensor(
        lambda: ir.Tensor(np.ascontiguousarray(load()), dtype=dtype), dtype, full, name=name
    )
    graph.initializers[name] = value
    return value


def _free(graph: ir.Graph, name: str) -> str:
    """Return a name with a number that no constant has."""
    return next(n for i in count(1) if (n := f"{name}_{i}") not in graph.initializers)


def int_constant(graph: ir.Graph, values: Sequence[int], name: str) -> ir.Value:
    """Return an int64 vector as a new constant."""
    return array_constant(graph, np.array(values, "int64"), name)


def array_constant(graph: ir.Graph, array: Array, name: str) -> ir.Value:
    """Return an array as a new constant."""
    name = _free(graph, name) if name in graph.initializers else name
    tensor = ir.Tensor(array, name=name)
    value = ir.Value(name=name, shape=tensor.shape, type=ir.TensorType(tensor.dtype))
    value.const_value = tensor
    graph.initializers[name] = value
    return value


def after(
    node: ir.Node,
    op_type: str,
    shape: Sequence[Any],
    operands: Sequence[ir.Value] = (),
    **attributes: Any,
) -> ir.Node:
    """Insert a one-output operator over the output of a node and let it take that one's readers."""
    old = node.outputs[0]
    new = ir.node(op_type, [old, *operands], attributes, name=f"{node.name}/{op_type}")
    result = new.outputs[0]
    result.shape, result.type = ir.Shape(shape), old.type
    node.append(new)
    readers = [(use.node, use.idx) for use in old.uses() if use.node is not new]
    for reader, position in readers:
        reader.replace_input_with(position, result)
    take_name(old, result)
    return new


def take_name(old: ir.Value, new: ir.Value) -> None:
    """Let `new` be the graph output that `old` is, if it is one, under the contract's name."""
    graph = old.graph
    new.name = f"{old.name}:moved"
    if graph is not None and old.is_graph_output():
        place = next(i for i, value in enumerate(graph.outputs) if value is old)
        new.name, old.name = old.name, new.name
        graph.outputs[place] = new


def replace(node: ir.Node, new: ir.Node) -> None:
    """Put a one-output node in the place of another."""
    old, result = node.outputs[0], new.outputs[0]
    result.shape, result.type = old.shape, old.type
    new.name = node.name
    node.append(new)
    name, is_output = old.name, old.is_graph_output()
    ir.convenience.replace_all_uses_with(old, result, replace_graph_outputs=is_output)
    if node.graph is not None:
        node.graph.remove(node, safe=True)
    result.name = name
