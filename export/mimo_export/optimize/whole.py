"""Take back what the tools fail on.

They fail on weights that two graphs read (`passes/stretch.py`), and put what they make of a Gather
in a branch (`passes/branch.py`) behind its readers.
"""

from __future__ import annotations

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

from mimo_export.optimize.weights import graphs, remove_unread

# What `passes/stretch.py` calls it, which is not imported: it brings Keras, and that a backend.
_BRANCH = "in_stretches"


def make_whole(model: ModelProto) -> None:
    """Let every recurrent operator read all steps at once, and tables be read before its If."""
    every = list(graphs(model.graph))
    for graph in every:
        for node in list(graph.node):
            branches = {a.name: a.g for a in node.attribute} if node.op_type == "If" else {}
            if branches and branches["else_branch"].name == _BRANCH:
                _replace(graph, node, branches["else_branch"])
            if branches and _asks_for_rows(graph, node):
                _take_out(graph, node, branches["then_branch"])
    remove_unread(model)


def _asks_for_rows(graph: GraphProto, choice: NodeProto) -> bool:
    """Whether an If keeps an operator from an empty batch, and no Gather from wrong numbers."""
    makers = {name: node for node in graph.node for name in node.output}
    cast = makers.get(choice.input[0])
    size = makers.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
    return size is not None and size.op_type == "Shape"


def _take_out(graph: GraphProto, choice: NodeProto, branch: GraphProto) -> None:
    """Move each Gather, and what it reads, out of a branch."""
    place, wanted = list(graph.node).index(choice), set[str]()
    for node in reversed(list(branch.node)):
        if node.op_type == "Gather" or wanted.intersection(node.output):
            wanted.update(node.input)
            branch.node.remove(node)
            graph.node.insert(place, node)


def _replace(graph: GraphProto, choice: NodeProto, branch: GraphProto) -> None:
    """Ask only whether there are rows, and give no elements where there are none."""
    makers = {name: node for node in graph.node for name in node.output}
    size = makers[makers[choice.input[0]].input[1]].input[0]
    asked = f"{choice.name}/is_some"
    cast = helper.make_node("Cast", [size], [asked], asked, to=TensorProto.BOOL)
    graph.node.insert(list(graph.node).index(choice), cast)
    choice.input[0] = asked
    branch.name = "empty"
    del branch.node[:], branch.value_info[:]
    for output in branch.output:
        kind = output.type.tensor_type
        # The one size that is not known is that of the batch.
        shape = [dim.dim_value for dim in kind.shape.dim]
        name, nothing = f"{output.name}/shape", helper.make_tensor("", kind.elem_type, [1], [0])
        sizes = helper.make_tensor(name, TensorProto.INT64, [len(shape)], shape)
        branch.node.append(helper.make_node("Constant", [], [name], name, value=sizes))
        branch.node.append(
            helper.make_node("ConstantOfShape", [name], [output.name], output.name, value=nothing)
        )
