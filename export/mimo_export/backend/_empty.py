"""An empty batch, where onnxruntime has no kernel that survives one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import onnx_ir as ir

from mimo_export.backend import _shapes
from mimo_export.backend._graph import current_graph, op
from mimo_export.backend._subgraph import add_node, traced_body
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast

Shapes = Sequence[Sequence[Any]]


def unless_empty(
    x: TracedTensor,
    axis: int,
    computed: Callable[[], Sequence[TracedTensor]],
    nothing: Callable[[Sequence[TracedTensor]], Shapes],
) -> Sequence[TracedTensor]:
    """Return what is computed, in an If that gives no elements for a batch of 0.

    Args:
        x: A tensor that has the batch.
        axis: The batch's, in x. Where its size is known, nothing is asked.
        computed: Returns the outputs.
        nothing: Returns from the outputs their shapes for a batch of 0.
    """
    if isinstance(x.dims[axis], int):
        return computed()
    then = traced_body([], computed, "computed")

    def empty() -> list[TracedTensor]:
        shapes = zip(nothing(then.outputs), then.outputs, strict=True)
        return [_nothing(shape, output) for shape, output in shapes]

    otherwise = traced_body([], empty, "empty")
    types = [(output.dtype, output.dims) for output in then.outputs]
    branches = {"then_branch": then.graph, "else_branch": otherwise.graph}
    return add_node("If", [_is_some(x, axis)], types, **branches)


def _nothing(shape: Sequence[Any], like: TracedTensor) -> TracedTensor:
    """Return a tensor without elements, made in the graph: OpenVINO misreads a constant of none."""
    node = ir.node("ConstantOfShape", [_shapes.vector(shape).value], version=current_graph().opset)
    (empty,) = current_graph().add(node, [("float32", _shapes.dims_of(shape))])
    return cast(empty, like.dtype)


def _is_some(x: TracedTensor, axis: int) -> TracedTensor:
    """Return whether a batch has elements: asked of an input, once for all that share its size."""
    x, axis = current_graph().holder(x.dims[axis]) or (x, axis)
    return cast(op("Shape", x, start=axis, end=axis + 1), "bool")
