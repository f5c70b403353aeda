from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from mimo_export.optimize.weights import graphs, is_matrix, kept, move_inside, readers, set_apart


def weight(name: str, *shape: int) -> TensorProto:
    return numpy_helper.from_array(np.ones(shape, np.float32), name)


def model() -> ModelProto:
    """Return a product, and an `If` whose inner graph reads one weight alone and one besides."""
    inner = helper.make_graph(
        [
            helper.make_node("MatMul", ["h", "own"], ["i"], "inside"),
            helper.make_node("MatMul", ["i", "shared"], ["j"], "inside too"),
        ],
        "inner",
        [],
        [helper.make_tensor_value_info("j", TensorProto.FLOAT, None)],
    )
    nodes = [
        helper.make_node("MatMul", ["x", "shared"], ["h"], "outside"),
        helper.make_node("If", ["c"], ["y"], "if", then_branch=inner, else_branch=inner),
    ]
    weights = [weight("own", 20, 20), weight("shared", 20, 20), weight("unread", 20, 20)]
    graph = helper.make_graph(nodes, "outer", [], [], weights)
    graph.node[1].attribute[1].g.node[0].input[1] = "shared"
    return helper.make_model(graph)


def test_a_matrix_has_two_dimensions_and_is_worth_it() -> None:
    assert is_matrix(weight("w", 16, 16))
    assert is_matrix(weight("w", 1, 256))
    assert not is_matrix(weight("w", 15, 16))
    assert not is_matrix(weight("w", 1000))
    assert not is_matrix(numpy_helper.from_array(np.ones((99, 99), np.int64), "w"))


def test_graphs_are_found_at_any_depth() -> None:
    assert [graph.name for graph in graphs(model().graph)] == ["outer", "inner", "inner"]


def test_readers_have_the_bytes_that_they_read() -> None:
    assert [(node.name, size) for node, size in readers(model())] == [
        ("outside", 1600),
        ("inside", 1600),
        ("inside too", 1600),
        ("inside", 1600),
        ("inside too", 1600),
    ]


def test_the_bias_of_a_recurrent_operator_is_none_of_its_weights() -> None:
    names = ["x", "w", "r", "b"]
    lstm = helper.make_node("LSTM", names, ["y"], "lstm", hidden_size=32)
    weights = [weight("w", 1, 128, 8), weight("r", 1, 128, 32), weight("b", 1, 256)]
    found = helper.make_model(helper.make_graph([lstm], "g", [], [], weights))
    assert [size for _, size in readers(found)] == [4 * 128 * 40]


def test_what_is_kept_is_counted_by_type() -> None:
    assert kept(model()) == ("5 MatMul (8 KB)",)


def test_a_weight_of_one_inner_graph_moves_there() -> None:
    moved = model()
    move_inside(moved)
    outer, first, second = graphs(moved.graph)
    assert [tensor.name for tensor in outer.initializer] == ["shared", "unread"]
    assert [tensor.name for tensor in first.initializer] == ["own"]
    assert not second.initializer


def test_an_inner_graph_reads_values_of_its_own() -> None:
    apart = model()
    set_apart(apart)
    outer, first, _ = graphs(apart.graph)
    assert [(node.op_type, *node.input) for node in outer.node] == [
        ("MatMul", "x", "shared"),
        ("Identity", "h"),
        ("If", "c"),
    ]
    assert [tuple(node.input) for node in first.node] == [("h/inside", "own"), ("i", "shared")]
