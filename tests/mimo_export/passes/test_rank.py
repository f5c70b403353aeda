"""A number that meets a column has the column's axes."""

from functions import check_function
from harness import check_layer
from keras import ops

from mimo_export.passes.rank import RankPass


def ranks(model):
    """Return how many axes the constants of each operator have."""
    return [
        [len(value.shape) for value in node.inputs if value.const_value is not None]
        for node in model.graph
    ]


def test_numbers_have_the_axes_of_a_column():
    model = check_layer(lambda x: (x * 2 + 1) / 3 - 4, (1,), ops=["Mul", "Add", "Div", "Sub"])
    assert ranks(model) == [[2]] * 4
    assert not RankPass()(model).modified
    assert ranks(check_layer(lambda x: ops.where(x > 0.5, x, 0.25), (4, 1))) == [[3]] * 2


def test_numbers_that_meet_rows_stay_as_they_are():
    model = check_layer(lambda x: x * 2 + 1, (3,))
    assert ranks(model) == [[0]] * 2
    assert not RankPass()(model).modified


def test_equal_numbers_of_equal_axes_are_one_constant():
    model = check_layer(lambda x: [x[:, :1] + 2, x[:, 1:2] * 2, x * 2], (3,))
    twos = [v for v in model.graph.initializers.values() if v.const_value.numpy().ravel()[0] == 2.0]
    assert sorted(len(value.shape) for value in twos if value.dtype.is_floating_point()) == [0, 2]


def test_whole_numbers_and_choices():
    check_function(lambda x: [x // 2, ops.maximum(x, 3), ops.equal(x, 1)], (4, 1), dtype="int32")
