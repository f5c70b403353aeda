"""Keep NaN where onnxruntime's kernels pass over it.

They compare: a NaN that is not the first number of a ReduceMax, an ArgMax or a window of a MaxPool
loses every comparison, and what comes out looks like an answer. A sum loses no NaN, and costs one
quick look at the numbers.

1. Behind a ReduceMax, ReduceMin, ArgMax, ArgMin or MaxPool of floats stands an If: where the sum of
   its input is NaN, the kernel looks once more, at 1 for each NaN and 0 for each number, and NaN
   (of an ArgMax its place) takes the place of what was found there. Infinities of both signs make
   a NaN of the sum as well; that branch is right for them, too.

A MaxPool between convolutions is left alone. onnxruntime keeps what goes from one to the next in
blocks of channels, and any look at it from outside puts it in order first: the networks of images
and of the electrocardiogram in this project would take 1.1 to 2.2 times as long.

An operator whose node is marked, as the shift of a logsumexp is, is left alone.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from mimo_export.backend._marks import NAN_TAKES_ANOTHER_WAY
from mimo_export.passes import _rewrite
from mimo_export.passes._nodes import Nodes, typed

_MARKED_BY = {
    "ReduceMax": "ReduceMax",
    "ReduceMin": "ReduceMax",
    "ArgMax": "ArgMax",
    "ArgMin": "ArgMax",
    "MaxPool": "MaxPool",
}
_ENDS_BLOCKS = frozenset({"Transpose", "Reshape", "MatMul", "Gemm", "LSTM", "GRU", "If", "Scan"})
_BOOL, _FLOAT = ir.DataType.BOOL, ir.DataType.FLOAT
_FLOATS = (_FLOAT, ir.DataType.DOUBLE, ir.DataType.FLOAT16, ir.DataType.BFLOAT16)


class NanPass(ir.passes.InPlacePass):
    """Ask behind each comparison whether there was a NaN."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every comparison once, also in the bodies."""
        asked: dict[tuple[int, ir.Value], ir.Value] = {}
        nodes = list(ir.traversal.RecursiveGraphIterator(model.graph))
        found = [node for node in nodes if _passes_over(node) and not _is_among_convolutions(node)]
        for node in found:
            _choose(model.graph, node, asked)
        return ir.passes.PassResult(model, modified=bool(found))


def _passes_over(node: ir.Node) -> bool:
    x = node.inputs[0] if node.inputs else None
    return (
        node.op_type in _MARKED_BY
        and x is not None
        and x.dtype in _FLOATS
        and x.const_value is None
        and NAN_TAKES_ANOTHER_WAY not in node.meta
    )


def _is_among_convolutions(node: ir.Node) -> bool:
    """Whether a MaxPool reads, or makes, what a convolution keeps in blocks of channels."""
    if node.op_type != "MaxPool":
        return False
    before: ir.Node | None = node
    while before is not None and before.op_type not in _ENDS_BLOCKS:
        if before.op_type == "Conv":
            return True
        first = before.inputs[0] if before.inputs else None
        before = None if first is None else first.producer()
    return any(use.node.op_type == "Conv" for use in node.outputs[0].uses())


def _choose(graph: ir.Graph, node: ir.Node, asked: dict[tuple[int, ir.Value], ir.Value]) -> None:
    """Put an If behind a comparison."""
    x, found = node.inputs[0], node.outputs[0]
    kind = typed(found)
    if x is None or x.dtype is None:
        raise ValueError(f"{node} came without an input out of the trace")
    readers = [(use.node, use.idx) for use in found.uses()]
    nodes, copied = Nodes(graph, node), Nodes(graph, node)
    question = asked.get((id(node.graph), x))
    if question is None:
        total = nodes.add("ReduceSum", [x], (x.dtype, ()), keepdims=0)
        question = asked[id(node.graph), x] = nodes.add("IsNaN", [total], (_BOOL, ()))
    copy = copied.add("Identity", [found], kind)
    branches = {
        "then_branch": _with_nan(graph, node, x),
        "else_branch": copied.branch(copy, name="without_nan"),
    }
    result = nodes.add("If", [question], kind, **branches)
    node.append(nodes.made)
    for reader, place in readers:
        reader.replace_input_with(place, result)
    _rewrite.take_name(found, result)


def _with_nan(graph: ir.Graph, node: ir.Node, x: ir.Value) -> ir.Graph:
    """Return the branch that looks once more."""
    found, marked_by = node.outputs[0], _MARKED_BY[node.op_type]
    (dtype, dims), attributes = typed(found), _copied(node)
    nodes = Nodes(graph, node)
    marks = nodes.add("IsNaN", [x], (_BOOL, _rewrite.dims(x)))
    marks = nodes.add("Cast", [marks], (_FLOAT, _rewrite.dims(x)), to=_FLOAT.value)
    if marked_by == "ArgMax":
        first = nodes.add("ArgMax", [marks], (dtype, dims), **attributes)
        # Where all are numbers, or none is, the two are the same place.
        other = nodes.add("ArgMin", [marks], (dtype, dims), **_copied(node))
        same = nodes.add("Equal", [first, other], (_BOOL, dims))
        result = nodes.add("Where", [same, found, first], (dtype, dims))
    else:
        hit = nodes.add(marked_by, [marks, *node.inputs[1:]], (_FLOAT, dims), **attributes)
        has = nodes.add("Cast", [hit], (_BOOL, dims), to=_BOOL.value)
        nan = nodes.constant(np.array(np.nan, "float32"))
        if dtype != _FLOAT:
            nan = nodes.add("Cast", [nan], (dtype, ()), to=dtype.value)
        result = nodes.add("Where", [has, nan, found], (dtype, dims))
    return nodes.branch(result, name="with_nan")


def _copied(node: ir.Node) -> dict[str, ir.Attr]:
    return {name: ir.Attr(name, given.type, given.value) for name, given in node.attributes.items()}
