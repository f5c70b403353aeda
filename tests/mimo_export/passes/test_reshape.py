"""What only gives the same elements another shape is one Reshape, or none."""

from harness import check_layer
from keras import layers, ops

from mimo_export.passes.reshape import ReshapePass


def test_reshapes_in_a_row_are_one():
    def network(x):
        return ops.reshape(ops.reshape(x, (-1, 4, 3)), (-1, 2, 6))

    model = check_layer(network, (12,), ops=["Reshape"])
    assert not ReshapePass()(model).modified


def test_reshapes_that_undo_each_other_are_none():
    check_layer(
        lambda x: ops.tanh(ops.reshape(ops.reshape(x, (-1, 12)), (-1, 4, 3))), (4, 3), ops=["Tanh"]
    )


def test_a_transpose_of_axes_of_one_element_is_a_reshape():
    def network(x):
        return ops.reshape(ops.transpose(ops.tanh(x), (0, 2, 1)), (-1, 6))

    check_layer(network, (6, 1), ops=["Tanh", "Reshape"])


def test_a_mean_whose_axes_are_put_back_keeps_them():
    def network(x):
        squeezed = layers.GlobalAveragePooling2D(name="mean")(x)
        return x * layers.Reshape((1, 1, 3), name="back")(squeezed)

    check_layer(network, (4, 5, 3), ops=["ReduceMean", "Mul"])


def test_a_mean_that_is_read_twice_is_left():
    def network(x):
        mean = ops.mean(x, axis=(1, 2))
        return [x * ops.reshape(mean, (-1, 1, 1, 3)), ops.tanh(mean)]

    model = check_layer(network, (4, 5, 3))
    assert sorted(node.op_type for node in model.graph) == ["Mul", "ReduceMean", "Reshape", "Tanh"]


def test_outputs_keep_their_names():
    def network(x):
        flat = layers.Reshape((12,), name="flat")(x)
        return [flat, layers.Reshape((4, 3), name="back")(flat)]

    model = check_layer(network, (4, 3))
    assert [output.name for output in model.graph.outputs] == ["flat", "back"]


def test_free_sizes_are_kept():
    back = ops.squeeze
    check_layer(
        lambda x: ops.tanh(back(ops.expand_dims(ops.abs(x), 2), 2)), (None, 3), ops=["Abs", "Tanh"]
    )
    check_layer(lambda x: ops.reshape(ops.expand_dims(ops.tanh(x), 2), (-1, 3)), (None, 3))
