"""Store and compute once what is there several times.

1. Equal constants of integers (shapes, axes, pads) are one.
2. Equal weights of 16 KiB and more are one, under the first one's name; smaller ones keep their
   own, which says whose they are.
3. Equal operators on the same values are one (onnx-ir's CommonSubexpressionEliminationPass). The
   trace makes none; what passes write may be there already.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

import onnx_ir as ir
from onnx_ir.passes.common import CommonSubexpressionEliminationPass

from mimo_export.passes import _rewrite

_LARGE = 16_384  # bytes
_FLOATS = (ir.DataType.FLOAT, ir.DataType.DOUBLE, ir.DataType.FLOAT16, ir.DataType.BFLOAT16)


class SharedPass(ir.passes.InPlacePass):
    """Merge equal constants, and equal operators."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every constant and every operator of the main graph once."""
        modified = _merge_constants(model.graph)
        modified |= CommonSubexpressionEliminationPass()(model).modified
        return ir.passes.PassResult(model, modified)


def _merge_constants(graph: ir.Graph) -> bool:
    alike = defaultdict(list)
    for value in graph.initializers.values():
        if _is_shared(value):
            alike[(value.dtype, _rewrite.dims(value))].append(value)
    modified = False
    for values in alike.values():
        if len(values) > 1:  # only then are the numbers looked at
            modified |= _merge_equal(graph, values)
    return modified


def _is_shared(value: ir.Value) -> bool:
    tensor = value.const_value
    if tensor is None or value.dtype == ir.DataType.STRING or not value.uses():
        return False
    return value.dtype not in _FLOATS or tensor.nbytes >= _LARGE


def _merge_equal(graph: ir.Graph, values: Iterable[ir.Value]) -> bool:
    first: dict[bytes, ir.Value] = {}
    modified = False
    for value in values:
        digest = hashlib.sha256(_rewrite.constant(value)).digest()  # type: ignore[arg-type]
        kept = first.setdefault(digest, value)
        if kept is not value:
            ir.convenience.replace_all_uses_with(value, kept)
            graph.initializers.pop(str(value.name))
            modified = True
    return modified
