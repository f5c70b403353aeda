"""Fold what scales and shifts an input into the weights that read it.

1. Gemm(x * s + t, w, b), with one number for each feature, is Gemm(x, w * s, b + t @ w).
2. Conv(x * s + t, w, b) is the same along channels; with pads only the scale is.
3. LSTM, GRU and RNN take both into the weights and biases of their gates, also inside an If.

Transposes may stand between, and a Concat of several such inputs. A large shift is left alone: it
takes away a mean that is much larger than what is left, and products of the whole would round just
that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite

_LARGEST_SHIFT = 8.0  # which float32 rounds by at most 5e-7
_RECURRENT = ("GRU", "LSTM", "RNN")
_EXACT = (ir.DataType.FLOAT, ir.DataType.DOUBLE)  # half precision loses in every product


class ScalePass(ir.passes.InPlacePass):
    """Fold scales and shifts into what reads them."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every operator with weights once, also in the bodies."""
        modified = False
        for node in list(ir.traversal.RecursiveGraphIterator(model.graph)):
            if _is_reader(node):
                modified |= _fold(model.graph, node)
        return ir.passes.PassResult(model, modified)


@dataclass(frozen=True)
class _Affine:
    """What was found on the way from an operator towards the inputs: reader(scale * x + shift).

    Attributes:
        node: The farthest operator of it.
        scale: One number, or one for each feature.
        shift: The same.
    """

    node: ir.Node
    scale: _rewrite.Array
    shift: _rewrite.Array


def _is_reader(node: ir.Node) -> bool:
    """Whether a node multiplies its first input by constants that it alone has."""
    if node.op_type not in (*_RECURRENT, "Conv", "Gemm"):
        return False
    weights = node.inputs[1]
    if weights is None or not _rewrite.is_constant(weights) or weights.dtype not in _EXACT:
        return False
    plain = node.op_type != "Gemm" or not node.attributes
    groups = node.attributes.get("group")
    return plain and (groups is None or groups.as_int() == 1) and len(weights.uses()) == 1


def _fold(graph: ir.Graph, node: ir.Node) -> bool:
    """Fold what is before a node, or before the parts that a Concat joins for it."""
    last, axis = node, 2 if node.op_type in _RECURRENT else 1
    while (turn := _rewrite.only_maker(last.inputs[0])) is not None and turn.op_type == "Transpose":
        last, axis = turn, turn.attributes["perm"].as_ints()[axis]
    joined = _rewrite.only_maker(last.inputs[0])
    if joined is None or joined.op_type != "Concat" or joined.attributes["axis"].as_int() != axis:
        return _fold_part(graph, node, _Place(last, 0, axis, None))
    modified, first = False, 0
    for position, part in enumerate(joined.inputs):
        width = _rewrite.dims(part)[axis]
        if not isinstance(width, int):
            break
        place = _Place(joined, position, axis, slice(first, first + width))
        modified |= _fold_part(graph, node, place)
        first += width
    return modified


@dataclass(frozen=True)
class _Place:
    """Where a node's features come from.

    Attributes:
        reader: Who reads them.
        position: As which input.
        axis: Along which they lie there.
        features: Which of the node's they are; None for all.
    """

    reader: ir.Node
    position: int
    axis: int
    features: slice | None


def _fold_part(graph: ir.Graph, node: ir.Node, place: _Place) -> bool:
    shiftable = _may_shift(node)
    fitting = [
        found
        for found in _affines(place.reader.inputs[place.position], place.axis)
        if np.all(found.shift == 0) or (shiftable and np.abs(found.shift).max() <= _LARGEST_SHIFT)
    ]
    if not fitting:
        return False
    found, weights = fitting[-1], node.inputs[1]
    if weights is None:
        raise ValueError(f"{node} lost its weights")
    count = int(str(_rewrite.dims(weights)[_features(node)]))
    scale, shift = np.ones(count), np.zeros(count)
    scale[place.features or slice(None)] = found.scale
    shift[place.features or slice(None)] = found.shift
    if np.any(shift != 0):
        _add_to_bias(graph, node, weights, shift)
    node.replace_input_with(1, _times(graph, node, weights, scale))
    x = next(value for value in found.node.inputs if not _rewrite.is_constant(value))
    place.reader.replace_input_with(place.position, x)
    return True


def _affines(value: ir.Value | None, axis: int) -> Iterator[_Affine]:
    """Yield all that is done to one number of each feature, one operator more at a time."""
    found = None
    while (node := _rewrite.only_maker(value)) is not None:
        step = _step(node, axis)
        if step is None:
            return
        if found is not None:
            scale, shift = step.scale * found.scale, step.shift * found.scale + found.shift
            step = replace(step, scale=scale, shift=shift)
        found = step
        yield found
        value = next(v for v in node.inputs if not _rewrite.is_constant(v))


def _step(node: ir.Node, axis: int) -> _Affine | None:
    """Return one operator as a scale and a shift of each feature."""
    if node.op_type not in ("Add", "Div", "Mul", "Sub"):
        return None
    known = [_rewrite.is_constant(value) for value in node.inputs]
    numbers = _per_feature(node, node.inputs[known.index(True)], axis) if any(known) else None
    if numbers is None or all(known) or (known[0] and node.op_type in ("Div", "Sub")):
        return None
    if _rewrite.dims(node.inputs[known.index(False)]) != _rewrite.dims(node.outputs[0]):
        return None
    one, zero = np.float64(1), np.float64(0)
    if node.op_type in ("Add", "Sub"):
        return _Affine(node, np.asarray(one), numbers if node.op_type == "Add" else -numbers)
    return _Affine(node, numbers if node.op_type == "Mul" else one / numbers, np.asarray(zero))


def _per_feature(node: ir.Node, constant: ir.Value | None, axis: int) -> _rewrite.Array | None:
    """Return the numbers of a constant that has one for all, or one for each feature."""
    rank, shape = len(_rewrite.dims(node.outputs[0])), _rewrite.dims(constant)
    if len(shape) > rank:
        return None
    full = (1,) * (rank - len(shape)) + shape
    if any(size != 1 for place, size in enumerate(full) if place != axis):
        return None
    return np.asarray(_rewrite.constant(constant), "float64").ravel()


def _may_shift(node: ir.Node) -> bool:
    """Whether every weight meets the input wherever the operator is applied, and a bias can be."""
    pads = node.attributes.get("pads")
    padded = "auto_pad" in node.attributes or (pads is not None and any(pads.as_ints()))
    bias = _bias_of(node)
    return not padded and (bias is None or _rewrite.is_constant(bias))


def _place_of_bias(node: ir.Node) -> int:
    return 3 if node.op_type in _RECURRENT else 2


def _bias_of(node: ir.Node) -> ir.Value | None:
    return _rewrite.operand(node, _place_of_bias(node))


def _times(graph: ir.Graph, node: ir.Node, weights: ir.Value, scale: _rewrite.Array) -> ir.Value:
    """Return weights times one number for each feature."""
    shape = [dim for dim in _rewrite.dims(weights) if isinstance(dim, int)]
    factors = scale.reshape([-1 if axis == _features(node) else 1 for axis in range(len(shape))])

    def load() -> _rewrite.Array:
        given = np.asarray(_rewrite.constant(weights))
        return (given * factors).astype(given.dtype)

    return _rewrite.new_constant(graph, weights, shape, load)


def _features(node: ir.Node) -> int:
    """Return the axis of the weights along which they meet the features."""
    return {"Gemm": 0, "Conv": 1}.get(node.op_type, 2)


def _add_to_bias(graph: ir.Graph, node: ir.Node, weights: ir.Value, shift: _rewrite.Array) -> None:
    """Add to a bias, or put in its place, what a shift of each feature comes to."""
    dims = [dim for dim in _rewrite.dims(weights) if isinstance(dim, int)]
    recurrent = node.op_type in _RECURRENT
    shape = [dims[0], 2 * dims[1]] if recurrent else [dims[1 if node.op_type == "Gemm" else 0]]
    axis, bias = _features(node), _bias_of(node)

    def load() -> _rewrite.Array:
        given = np.asarray(_rewrite.constant(weights))
        others = tuple(range(2, given.ndim)) if node.op_type == "Conv" else ()  # its window
        sums = np.tensordot(given.astype("float64").sum(axis=others), shift, ([axis], [0]))
        if recurrent:  # the second half of such a bias belongs to the recurrent weights
            sums = np.concatenate([sums, np.zeros_like(sums)], axis=1)
        before = 0 if bias is None else np.asarray(_rewrite.constant(bias))
        return (before + sums).astype(given.dtype)

    place = _place_of_bias(node)
    if len(node.inputs) <= place:
        node.resize_inputs(place + 1)
    node.replace_input_with(place, _rewrite.new_constant(graph, bias or weights, shape, load))
