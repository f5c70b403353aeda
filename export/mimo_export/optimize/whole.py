"""Take back what `passes/stretch.py` does: the tools fail on weights that two graphs read."""

from __future__ import annotations

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

from mimo_export.optimize.weights import graphs, remove_unread

# What `passes/stretch.py` calls it, which is not imported: it brings Keras, and that a backend.
_BRANCH = "in_stretches"


def make_whole(model: ModelProto) -> None:
    """Let every recurrent operator read all steps at once, however large the batch is."""
    every = list(graphs(model.graph))
    for graph in every:
        for node in list(graph.node):
            branches = {a.name: a.g for a in node.attribute} if node.op_type == "If" else {}
            if branches and branches["else_branch"].name == _BRANCH:
                _replace(graph, node, branches["else_branch"])
    remove_unread(model)


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
