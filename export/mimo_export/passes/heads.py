"""One product for the heads of a model.

1. Gemms of constants that read the same tensor, and have few columns together, are one Gemm and a
   Split: what they read is long, and is read once. Of wide ones the Split costs more than it saves
   (onnxruntime 1.32, one thread: 1 and 3 columns of 4,065 take 0.80 to 0.52 of the time of two
   Gemms, twice 64 columns of 64 take 1.09 to 1.24).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from mimo_export.passes import _rewrite

_COLUMNS = 8  # of all heads together


class HeadsPass(ir.passes.InPlacePass):
    """Join the narrow Gemms that read one tensor."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every node of the main graph once."""
        siblings = defaultdict[tuple[ir.Value | None, ir.DataType | None], list[ir.Node]](list)
        for node in model.graph:
            if _is_head(node):
                siblings[node.inputs[0], node.outputs[0].dtype].append(node)
        modified = False
        for heads in siblings.values():
            if len(heads) > 1 and sum(map(_columns, heads)) <= _COLUMNS:
                _join(model.graph, heads)
                modified = True
        return ir.passes.PassResult(model, modified)


def _is_head(node: ir.Node) -> bool:
    return (
        node.op_type == "Gemm"
        and not node.attributes
        and len(node.inputs) == 3
        and all(_rewrite.is_constant(value) for value in node.inputs[1:])
        and _rewrite.dims(node.inputs[2]) == (_columns(node),)
    )


def _columns(node: ir.Node) -> int:
    return int(str(_rewrite.dims(node.inputs[1])[1]))


def _join(graph: ir.Graph, heads: Sequence[ir.Node]) -> None:
    """Put one Gemm and a Split in the place of the first of some heads."""
    first, widths = heads[0], [_columns(head) for head in heads]
    layer = str(first.name).rpartition("/")[0]
    operands = [_side_by_side(graph, [head.inputs[i] for head in heads]) for i in (1, 2)]
    product = ir.node("Gemm", [first.inputs[0], *operands], name=first.name)
    rows = _rewrite.dims(first.outputs[0])[0]
    product.outputs[0].type = first.outputs[0].type
    product.outputs[0].shape = ir.Shape([rows, sum(widths)])
    sizes = _rewrite.int_constant(graph, widths, f"{layer}/columns")
    split = ir.node(
        "Split",
        [product.outputs[0], sizes],
        {"axis": 1},
        num_outputs=len(heads),
        name=f"{layer}/Split",
    )
    old = [head.outputs[0] for head in heads]
    ir.convenience.replace_nodes_and_values(
        graph, first, heads, [product, split], old, split.outputs
    )


def _side_by_side(graph: ir.Graph, constants: Sequence[ir.Value | None]) -> ir.Value:
    """Return constants joined along their last axis, under the name of the first."""
    known = [value for value in constants if value is not None]
    *rows, _ = _rewrite.dims(known[0])
    width = sum(int(str(_rewrite.dims(value)[-1])) for value in known)

    def load() -> _rewrite.Array:
        return np.concatenate([np.asarray(_rewrite.constant(value)) for value in known], axis=-1)

    shape = [row for row in rows if isinstance(row, int)]
    return _rewrite.new_constant(graph, known[0], [*shape, width], load)
