"""One operator for a product, its bias, and what scales and shifts its columns.

1. MatMul(x, w) + b, with x a matrix, w a constant matrix and b a constant vector, is Gemm(x, w, b).
   MatMul(x, w) * s, with one number for each column, is MatMul(x, w * s).
2. Gemm(x, w, b) * s, with one number for each column, is Gemm(x, w * s, b * s).
3. Gemm(x, w, b) + t, with one number for each column, is Gemm(x, w, b + t).

A BatchNormalization behind a Dense layer is such a scale and such a shift, and so is a unit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite

_FLOATS = (ir.DataType.FLOAT, ir.DataType.DOUBLE, ir.DataType.FLOAT16)
_EXACT = (ir.DataType.FLOAT, ir.DataType.DOUBLE)  # half precision loses in every product


class DensePass(ir.passes.InPlacePass):
    """Join MatMul, Add and Mul."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Sweep once: a folded operator leaves a Gemm before what follows it."""
        modified = False
        for node in model.graph:
            if node.op_type == "Add":
                modified |= _join(model.graph, node) or _fold(model.graph, node, _shifted)
            elif node.op_type == "Mul":
                modified |= _scale(model.graph, node) or _fold(model.graph, node, _scaled)
        return ir.passes.PassResult(model, modified)


def _product(value: ir.Value | None) -> ir.Node | None:
    """Return a product of a matrix and a constant one, if that is how a value is made."""
    node = _rewrite.only_maker(value)
    if node is None or node.op_type != "MatMul" or not _rewrite.is_constant(node.inputs[1]):
        return None
    matrices = [len(_rewrite.dims(side)) == 2 for side in node.inputs]
    return node if all(matrices) else None


def _join(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 1."""
    value, bias = node.inputs
    product = _product(value)
    if value is None or bias is None or product is None or value.dtype not in _FLOATS:
        return False
    x, weights = product.inputs
    width = _rewrite.dims(weights)[-1]
    if not (_rewrite.is_constant(bias) and isinstance(width, int)):
        return False
    if _rewrite.dims(bias) == (1, width):
        bias = _rewrite.new_constant(graph, bias, [width], _raveled(bias))
    if _rewrite.dims(bias) != (width,):
        return False
    _rewrite.replace(node, ir.node("Gemm", [x, weights, bias]))
    graph.remove(product, safe=True)
    return True


def _raveled(value: ir.Value) -> Callable[[], _rewrite.Array]:
    return lambda: np.asarray(_rewrite.constant(value)).ravel()


def _scale(graph: ir.Graph, node: ir.Node) -> bool:
    """Case 1, its second half."""
    value, factor = node.inputs
    product = _product(value)
    if value is None or factor is None or product is None or value.dtype not in _EXACT:
        return False
    x, weights = product.inputs
    if weights is None or not _is_per_column(value, factor):
        return False
    scaled = ir.node("MatMul", [x, _with(graph, weights, factor, np.multiply)])
    _rewrite.replace(node, scaled)
    graph.remove(product, safe=True)
    scaled.name = product.name
    return True


Folded = Callable[[ir.Graph, ir.Value, ir.Value, ir.Value], tuple[ir.Value, ir.Value]]


def _fold(graph: ir.Graph, node: ir.Node, folded: Folded) -> bool:
    """Cases 2 and 3."""
    sides = [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])]
    for value, factor in sides:
        gemm = _rewrite.only_maker(value)
        if (
            value is None
            or factor is None
            or gemm is None
            or not _is_plain(gemm)
            or value.dtype not in _EXACT
            or not _is_per_column(value, factor)
        ):
            continue
        x, weights, bias = gemm.inputs
        if weights is None or bias is None:
            continue
        joined = ir.node("Gemm", [x, *folded(graph, weights, bias, factor)])
        _rewrite.replace(node, joined)
        graph.remove(gemm, safe=True)
        joined.name = gemm.name
        return True
    return False


def _is_plain(node: ir.Node) -> bool:
    """Whether a node is a Gemm of constants without transposes and factors."""
    return (
        node.op_type == "Gemm"
        and not node.attributes
        and len(node.inputs) == 3
        and all(_rewrite.is_constant(value) for value in node.inputs[1:])
        and _rewrite.dims(node.inputs[2]) == _rewrite.dims(node.inputs[1])[1:]
    )


def _is_per_column(value: ir.Value, factor: ir.Value) -> bool:
    if not _rewrite.is_constant(factor):
        return False
    shape, width = _rewrite.dims(factor), _rewrite.dims(value)[1]
    return shape in ((), (1,), (1, 1), (width,), (1, width))


def _scaled(
    graph: ir.Graph, weights: ir.Value, bias: ir.Value, scale: ir.Value
) -> tuple[ir.Value, ir.Value]:
    """Case 2."""
    return _with(graph, weights, scale, np.multiply), _with(graph, bias, scale, np.multiply)


def _shifted(
    graph: ir.Graph, weights: ir.Value, bias: ir.Value, shift: ir.Value
) -> tuple[ir.Value, ir.Value]:
    """Case 3."""
    return weights, _with(graph, bias, shift, np.add)


def _with(
    graph: ir.Graph,
    value: ir.Value,
    columns: ir.Value,
    function: Callable[[_rewrite.Array, _rewrite.Array], _rewrite.Array],
) -> ir.Value:
    """Return a constant [..., columns] with a function of it and of each column's number."""
    shape = [dim for dim in _rewrite.dims(value) if isinstance(dim, int)]

    def load() -> _rewrite.Array:
        numbers = np.asarray(_rewrite.constant(columns)).ravel()
        return function(np.asarray(_rewrite.constant(value)), numbers)

    return _rewrite.new_constant(graph, value, shape, load)
