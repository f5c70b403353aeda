"""A long row by one column, the other way around.

1. Gemm(x, w, c), with w of one column and 1,024 to 131,072 rows, is Transpose(Gemm(w', x', c)).
2. Where x is a Concat, each long part has such a Gemm of its own, that adds to the one before, the
   longest first. What is left, short parts, is then Gemm(rest, w, c') as it stands, where c' is the
   long parts' result.

onnxruntime multiplies one row by a transposed matrix with its kernel for vectors, one column with
the kernel for matrices (onnxruntime 1.32, one thread, batches of 1, 32 and 256: 0.67, 0.48 and 0.31
of the time for 4,065 rows, 0.18, 0.09 and 0.35 for 127,008; above 1 for 64). It adds up in another
order: of numbers around 1, with Keras's initial weights, the error of 64 rows is at most 7e-7 for
1,024 (1.8e-6 as it was), 5e-6 for 16,384 (1.6e-6) and 1.2e-5 for 127,008 (3e-6). Longer ones stay.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite

_ROWS = 1024
_MOST_ROWS = 131_072


class RowPass(ir.passes.InPlacePass):
    """Turn Gemms of one long column."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every Gemm once."""
        modified = False
        for node in model.graph:
            if node.op_type == "Gemm" and not node.attributes and len(node.inputs) == 3:
                modified |= _turn(model.graph, node)
        return ir.passes.PassResult(model, modified)


def _turn(graph: ir.Graph, node: ir.Node) -> bool:
    x, column, bias = node.inputs
    if column is None or x is None or not _rewrite.is_constant(column):
        return False
    length, columns = _rewrite.dims(column)
    if not isinstance(length, int) or not _ROWS <= length <= _MOST_ROWS or columns != 1:
        return False
    if _rewrite.dims(bias) != (1,) or node.outputs[0].dtype != ir.DataType.FLOAT:
        return False
    parts = _parts(x)
    ends = list(itertools.accumulate(map(_width, parts), initial=0))
    placed = list(zip(parts, itertools.starmap(slice, itertools.pairwise(ends)), strict=True))
    # The longest first: `PicturePass` takes a product to which a constant is added.
    longest = sorted((p for p in placed if not _is_short(p[0])), key=lambda p: -_width(p[0]))
    row = bias
    for part, rows in longest:
        kernel = _rows(graph, column, rows, [1, _width(part)])
        row = _before(node, ir.node("Gemm", [kernel, part, row], {"transB": 1}), turned=True)
    last = ir.node("Transpose", [row], {"perm": [1, 0]})
    for part, rows in placed:
        if _is_short(part):
            kernel = _rows(graph, column, rows, [_width(part), 1])
            last = ir.node("Gemm", [part, kernel, _before(node, last, turned=False)])
    layer = str(node.name).rpartition("/")[0]
    _rewrite.replace(node, last)
    last.name = f"{layer}/{last.op_type}"
    return True


def _parts(x: ir.Value) -> list[ir.Value]:
    """Return what a row is joined from: every long part by itself, others joined as they were."""
    concat = _rewrite.only_maker(x)
    if concat is None or concat.op_type != "Concat":
        return [x]
    if concat.attributes["axis"].as_int() not in (1, -1):
        return [x]
    parts = [part for part in concat.inputs if part is not None]
    if not all(isinstance(_rewrite.dims(part)[1], int) for part in parts):
        return [x]
    runs = [list(run) for _, run in itertools.groupby(parts, _is_short)]
    return [
        part
        for run in runs
        for part in ([_joined(concat, run)] if len(run) > 1 and _is_short(run[0]) else run)
    ]


def _width(part: ir.Value) -> int:
    return int(str(_rewrite.dims(part)[1]))


def _is_short(part: ir.Value) -> bool:
    return _width(part) < _ROWS


def _joined(concat: ir.Node, run: list[ir.Value]) -> ir.Value:
    """Return short neighbours of a Concat, joined."""
    new = ir.node("Concat", run, {"axis": 1}, name=concat.name)
    result = new.outputs[0]
    result.name, result.type = f"{concat.name}:short", run[0].type
    result.shape = ir.Shape([_rewrite.dims(run[0])[0], sum(map(_width, run))])
    concat.append(new)
    return result


def _rows(graph: ir.Graph, column: ir.Value, rows: slice, shape: Sequence[int]) -> ir.Value:
    """Return some rows of a column as a constant."""

    def load() -> _rewrite.Array:
        return np.asarray(_rewrite.constant(column))[rows].reshape(shape)

    return _rewrite.new_constant(graph, column, shape, load)


def _before(node: ir.Node, new: ir.Node, *, turned: bool) -> ir.Value:
    """Put a node before another, and return its output: a column like that one's, or a row."""
    batch, one = _rewrite.dims(node.outputs[0])
    result = new.outputs[0]
    result.name, result.type = f"{node.name}:{new.op_type}", node.outputs[0].type
    result.shape = ir.Shape([one, batch] if turned else [batch, one])
    new.name = node.name
    node.prepend(new)
    return result
