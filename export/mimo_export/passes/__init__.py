"""Passes over the finished graph, one per file; none changes a name of the contract."""

from __future__ import annotations

import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass


def tidy(model: ir.Model) -> None:
    """Run every pass, in order, in place."""
    RemoveUnusedNodesPass()(model)
