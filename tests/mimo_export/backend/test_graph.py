"""The graph adds typed, named nodes, folds constants lazily and computes nothing twice."""

import numpy as np
import pytest

from mimo_export.backend._graph import (
    Graph,
    OpsetTooLowError,
    constant,
    current_graph,
    ints,
    op,
    op_multi,
)
from mimo_export.errors import UnsupportedOperationError


@pytest.fixture
def graph():
    with Graph(17, scope=lambda: "layer").current() as graph:
        yield graph


def test_a_node_is_named_after_its_layer_and_typed_by_inference(graph):
    x = graph.input("x", "float32", ("batch", 4))
    y = op("Relu", x)
    assert (y.name, y.dtype, y.dims) == ("layer/Relu", "float32", ("batch", 4))
    assert [node.op_type for node in graph.nodes] == ["Relu"]


def test_an_unknown_dimension_gets_a_symbol_of_its_own(graph):
    x = graph.input("x", "float32", ("batch", 3, "height"))
    y = op("MaxPool", x, kernel_shape=[2])
    z = op("MaxPool", x, kernel_shape=[3])
    assert y.shape == z.shape == (None, 3, None)
    assert y.dims[2] != z.dims[2]


def test_the_same_operator_on_the_same_values_is_added_once(graph):
    x = graph.input("x", "float32", ("batch",))
    first, second = op("Relu", x), op("Relu", x)
    assert first.value is second.value
    assert first is not second
    assert len(graph.nodes) == 1
    assert op("LeakyRelu", x, alpha=0.1).value is not op("LeakyRelu", x, alpha=0.2).value


def test_a_node_over_constants_is_a_constant_computed_when_asked(graph):
    loaded = []

    def load():
        loaded.append(1)
        return np.arange(20, dtype="float32").reshape(4, 5)

    weight = graph.known("float32", (4, 5), load, "kernel")
    turned = op("Transpose", weight, perm=[1, 0])
    assert (turned.is_constant, turned.dims, loaded) == (True, (5, 4), [])
    np.testing.assert_array_equal(turned.array, load().T)
    assert graph.hint(turned) == "kernel"
    assert graph.nodes == []


def test_every_output_of_a_node_over_constants_is_constant(graph):
    left, right = op_multi("Split", constant([1.0, 2.0, 3.0, 4.0]), outputs=2, axis=0)
    assert left.array.tolist() == [1.0, 2.0]
    assert right.array.tolist() == [3.0, 4.0]


def test_equal_small_constants_are_one_value(graph):
    assert ints(1, 2).value is ints(1, 2).value
    assert ints(1, 2).value is not constant([1, 2], "int32").value


def test_an_operator_that_came_later_says_with_which_opset(graph):
    x = graph.input("x", "float32", (2,))
    with pytest.raises(OpsetTooLowError, match="Gelu needs opset 20") as raised:
        op("Gelu", x)
    assert raised.value.needed == 20


def test_a_dtype_that_the_operator_does_not_take_is_refused(graph):
    x = graph.input("x", "int32", ("batch",))
    with pytest.raises(UnsupportedOperationError) as raised:
        op("Sigmoid", x)
    assert str(raised.value) == (
        "ONNX's Sigmoid takes no int32\n"
        "  where:  input 'X', int32[batch]\n"
        "  remedy: cast to another dtype before the operation"
    )


def test_values_are_named_so_that_none_is_called_like_an_output(graph):
    x = graph.input("x", "float32", (2,))
    inner = op("Relu", x)
    outer = op("Neg", inner)
    outer.value.name = inner.name
    graph.outputs.append(outer.value)
    graph.name_values([])
    assert [outer.name, inner.name] == ["layer/Relu", "layer/Relu_1"]


def test_a_body_sees_the_numbering_of_the_graph_around_it(graph):
    x = graph.input("x", "float32", (2,))
    op("Relu", x)
    with graph.body().current() as body:
        inner = op("Relu", body.input("x", "float32", (2,)))
        assert current_graph() is body
    assert inner.name == "layer/Relu_1"
    assert [len(graph.nodes), len(body.nodes)] == [1, 1]


def test_a_recurrence_over_constants_is_left_to_the_runtime_which_knows_its_lengths(graph):
    x, w, r = (constant(np.ones(shape, "float32")) for shape in ((2, 1, 3), (1, 4, 3), (1, 4, 1)))
    lengths = constant([1], "int32")
    y = op_multi("LSTM", x, w, r, None, lengths, outputs=2, hidden_size=1)[1]
    assert not y.is_constant
    assert [node.op_type for node in graph.nodes] == ["LSTM"]
