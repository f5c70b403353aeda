"""Find which elements of a graph's inputs are row numbers of a table, whatever their dtype.

A tensor of ids is told from one of measurements by what reads it, not by its dtype: Keras's default
for an `Input` is float32, for ids too. So each element of each input gets a label, the labels go
through the operators that move elements without changing them, and where a label arrives at the
indices of a Gather, OneHot or Scatter, that element is a row number below the table's size.

1. Moved: Cast, Identity, Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Slice, Gather with
   constant indices, Split, Concat, Expand, Where, and roundings.
2. Anything else that is computed from an input is no row number of it, but may become one
   (`Embedding(5)(x + 1)`): the input then is one that `reaches` a table.
3. A comparison's answer, a shape, a remainder, what is clipped, and the place of a largest number
   are inside of any table for all values that may be drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from mimo_export.contract import BATCH

FREE_SIZE = 7
"""What a free dimension is taken for: the smallest that golden vectors are drawn with."""

Labels = np.ndarray[Any, np.dtype[np.int64]]
_NONE = -1
_ANY = np.iinfo(np.int64).max
_SAME = {"Identity", "Cast", "Round", "Floor", "Ceil"}
_RESHAPED = {"Reshape", "Flatten", "Squeeze", "Unsqueeze"}
_FORGETS = {
    *("Shape", "Size", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"),
    *("Not", "And", "Or", "Xor", "IsNaN", "IsInf", "Sign"),
    *("Mod", "Clip", "ArgMax", "ArgMin", "TopK", "NonZero", "LabelEncoder"),
}


@dataclass(frozen=True)
class RowNumbers:
    """What a graph does with the values of one of its inputs.

    Attributes:
        rows: Per element of a row of the input, how many rows the smallest table has that it is
            a row number of; 0 where it is none. A free dimension has the size 1 here: all its
            elements count as those of the smallest table.
        reaches: Whether a table is read at row numbers that are computed from the input.
    """

    rows: np.ndarray[Any, np.dtype[np.int64]]
    reaches: bool


def row_numbers(graph: ir.Graph) -> dict[str, RowNumbers]:
    """Return what a graph does with each of its inputs, by name.

    Args:
        graph: A graph whose values have shapes; the first dimension of each input is the batch.
    """
    return _Flow(graph).found()


class _Flow:
    """The way of labels through one graph."""

    def __init__(self, graph: ir.Graph) -> None:
        self._inputs = list(graph.inputs)
        self._labels: dict[ir.Value, Labels] = {}
        self._from: dict[ir.Value, frozenset[str]] = {}
        self._starts: dict[str, int] = {}
        total = 0
        for value in self._inputs:
            shape = _concrete(value)
            count = int(np.prod(shape))
            self._starts[str(value.name)] = total
            self._labels[value] = np.arange(total, total + count).reshape(shape)
            self._from[value] = frozenset({str(value.name)})
            total += count
        self._rows = np.full(total, _ANY)
        self._reaching: set[str] = set()
        for node in ir.traversal.RecursiveGraphIterator(graph):
            self._visit(node)

    def found(self) -> dict[str, RowNumbers]:
        return {
            str(value.name): RowNumbers(self._of(value), str(value.name) in self._reaching)
            for value in self._inputs
        }

    def _of(self, value: ir.Value) -> np.ndarray[Any, np.dtype[np.int64]]:
        start, shape = self._starts[str(value.name)], _concrete(value)
        rows = self._rows[start : start + int(np.prod(shape))].reshape(shape).min(axis=0)
        free = [i for i, size in enumerate((value.shape or ())[1:]) if not isinstance(size, int)]
        rows = rows.min(axis=tuple(free), keepdims=True)
        return np.where(rows == _ANY, 0, rows)

    def _visit(self, node: ir.Node) -> None:
        for indices, sizes in _reads(node):
            self._note(indices, sizes)
        if node.op_type in _FORGETS:
            return
        sources = frozenset().union(
            *(self._from.get(value, frozenset()) for value in node.inputs if value is not None)
        )
        moved = self._moved(node)
        for output, labels in zip(node.outputs, moved, strict=False):
            self._labels[output] = labels
        for output in node.outputs:
            self._from[output] = sources

    def _note(self, indices: ir.Value, sizes: Labels) -> None:
        """Note the sizes of the tables that a value's elements, along its last axis, point into."""
        labels = self._labels.get(indices)
        if labels is not None:
            known = labels != _NONE
            np.minimum.at(self._rows, labels[known], np.broadcast_to(sizes, labels.shape)[known])
        if labels is None or not known.all():
            self._reaching |= self._from.get(indices, frozenset())

    def _moved(self, node: ir.Node) -> list[Labels]:
        """Return the labels of a node's outputs; none where its values are new."""
        given = [None if v is None else self._labels.get(v) for v in node.inputs]
        if all(labels is None for labels in given):
            return []
        try:
            return _MOVES[node.op_type](node, given) if node.op_type in _MOVES else []
        except _Unknown:
            return []


class _Unknown(Exception):  # noqa: N818 - no error: it says that nothing is known
    """An operand is not constant, or a shape is not known."""


def _reads(node: ir.Node) -> Iterator[tuple[ir.Value, Labels]]:
    """Yield the values that a node takes row numbers from, and the sizes of what they point into.

    The sizes are along the last axis of the indices: one, or one for each component.
    """
    kind, inputs = node.op_type, node.inputs
    if kind in ("Gather", "GatherElements", "ScatterElements") and inputs[0] is not None:
        sizes = _sizes(inputs[0])
        if sizes and inputs[1] is not None:
            yield inputs[1], np.asarray(sizes[_attribute(node, "axis", 0)])
    elif kind in ("GatherND", "ScatterND") and inputs[0] is not None and inputs[1] is not None:
        sizes, parts = _sizes(inputs[0]), _sizes(inputs[1])
        first = _attribute(node, "batch_dims", 0)
        if sizes is not None and parts:
            yield inputs[1], np.asarray(sizes[first : first + parts[-1]])
    elif kind == "OneHot" and inputs[0] is not None:
        depth = _array(inputs[1])
        if depth is not None:
            yield inputs[0], depth.reshape(()).astype(np.int64)


def _same(_node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    return [] if given[0] is None else [given[0]]


def _cast(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    if _attribute(node, "to", 0) == ir.DataType.BOOL:
        raise _Unknown
    return _same(node, given)


def _reshaped(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    shape = _concrete(node.outputs[0])
    if given[0] is None or int(np.prod(shape)) != given[0].size:
        raise _Unknown
    return [given[0].reshape(shape)]


def _transposed(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    if given[0] is None:
        raise _Unknown
    return [given[0].transpose(_attribute(node, "perm", None))]


def _sliced(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    starts, ends, *rest = (_constant(value) for value in node.inputs[1:])
    axes = rest[0] if rest and rest[0] is not None else np.arange(len(starts))
    steps = rest[1] if len(rest) > 1 and rest[1] is not None else np.ones(len(starts), int)
    if given[0] is None:
        raise _Unknown
    index: list[Any] = [slice(None)] * given[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        # Below the first element, where a negative step ends, Python says None.
        beyond = int(step) < 0 and int(end) < -given[0].shape[axis]
        index[axis] = slice(int(start), None if beyond else int(end), int(step))
    return [given[0][tuple(index)]]


def _gathered(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    if given[0] is None:
        raise _Unknown
    indices = _constant(node.inputs[1])
    return [np.take(given[0], indices, axis=_attribute(node, "axis", 0))]


def _split(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    if given[0] is None:
        raise _Unknown
    axis = _attribute(node, "axis", 0)
    ends = np.cumsum([_concrete(output)[axis] for output in node.outputs])[:-1]
    return list(np.split(given[0], ends, axis=axis))


def _joined(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    parts = [
        np.full(_concrete(value), _NONE) if labels is None else labels
        for value, labels in zip(node.inputs, given, strict=True)
        if value is not None
    ]
    return [np.concatenate(parts, axis=_attribute(node, "axis", 0))]


def _expanded(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    if given[0] is None:
        raise _Unknown
    shape = np.broadcast_shapes(_concrete(node.outputs[0]), given[0].shape)
    return [np.broadcast_to(given[0], shape)]


def _selected(node: ir.Node, given: list[Labels | None]) -> list[Labels]:
    """Return the labels of whichever branch has them: the other is what ids are replaced by."""
    labels = [branch for branch in given[1:] if branch is not None]
    if len(labels) != 1:
        raise _Unknown
    return [np.broadcast_to(labels[0], _concrete(node.outputs[0]))]


_MOVES: Mapping[str, Callable[[ir.Node, list[Labels | None]], list[Labels]]] = {
    **dict.fromkeys(_SAME - {"Cast"}, _same),
    "Cast": _cast,
    **dict.fromkeys(_RESHAPED, _reshaped),
    "Transpose": _transposed,
    "Slice": _sliced,
    "Gather": _gathered,
    "Split": _split,
    "Concat": _joined,
    "Expand": _expanded,
    "Where": _selected,
}


def _attribute(node: ir.Node, name: str, default: Any) -> Any:
    attribute = node.attributes.get(name)
    return default if attribute is None else attribute.value


def _array(value: ir.Value | None) -> np.ndarray[Any, Any] | None:
    if value is None or value.const_value is None:
        return None
    return np.asarray(value.const_value.numpy())


def _constant(value: ir.Value | None) -> Any:
    """Return an operand's numbers, None for one that was left out.

    Raises:
        _Unknown: It is computed while the model runs.
    """
    if value is None:
        return None
    array = _array(value)
    if array is None:
        raise _Unknown
    return array


def _sizes(value: ir.Value) -> tuple[int, ...] | None:
    """Return a value's shape in a batch of one; None where it is not known."""
    if value.shape is None:
        return None
    return tuple(
        size if isinstance(size, int) else 1 if str(size) == BATCH else FREE_SIZE
        for size in value.shape
    )


def _concrete(value: ir.Value) -> tuple[int, ...]:
    """Return what `_sizes` does.

    Raises:
        _Unknown: The shape is not known.
    """
    sizes = _sizes(value)
    if sizes is None:
        raise _Unknown
    return sizes
