"""Transposes cancel wherever they may, values stay."""

import keras
import numpy as np
import onnx_ir as ir
import pytest
from harness import check_layer, check_model
from keras import layers, ops

from mimo_export.passes.layout import LayoutPass


def transposes(model):
    return [node.op_type for node in model.graph].count("Transpose")


def test_a_graph_without_transposes_is_not_modified():
    model = check_layer(layers.Dense(3, name="dense"), (4,))
    assert not LayoutPass()(model).modified


def test_convolutions_and_pools_in_a_row_need_one_transpose_on_each_side():
    def network(x):
        for i in range(3):
            x = layers.Conv2D(4, 3, padding="same", activation="relu", name=f"conv_{i}")(x)
            x = layers.MaxPooling2D(2, padding="same", name=f"pool_{i}")(x)
        return x

    assert transposes(check_layer(network, (16, 16, 3))) == 2


def test_a_residual_connection_stays_channels_first():
    def network(x):
        x = layers.Conv2D(4, 3, padding="same", name="stem")(x)
        y = layers.Conv2D(4, 3, padding="same", activation="relu", name="branch")(x)
        return layers.Conv2D(2, 1, name="head")(layers.Add(name="sum")([x, y]))

    assert transposes(check_layer(network, (8, 8, 3))) == 2


def test_channels_are_concatenated_channels_first():
    def network(x):
        parts = [layers.Conv2D(i + 2, 3, padding="same", name=f"conv_{i}")(x) for i in range(2)]
        return layers.Conv2D(2, 1, name="head")(layers.Concatenate(name="both")(parts))

    assert transposes(check_layer(network, (8, 8, 3))) == 2


def test_a_mean_over_space_needs_no_transpose_behind_it():
    def network(x):
        return layers.GlobalAveragePooling2D(name="mean")(layers.Conv2D(4, 3, name="conv")(x))

    assert transposes(check_layer(network, (None, None, 3))) == 1


def test_kept_dimensions_of_a_reduction_are_turned_back():
    def network(x):
        x = layers.Conv2D(4, 3, name="conv")(x)
        return [
            ops.max(x, axis=-1, keepdims=True),
            ops.sum(x, axis=(1, 2), keepdims=True),
            ops.mean(x, axis=1),
            ops.mean(x, axis=3),
        ]

    check_layer(network, (6, 7, 3))


def test_a_network_squeezed_and_excited():
    def network(x):
        x = layers.Conv2D(4, 3, padding="same", name="conv")(x)
        s = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
        s = layers.Conv2D(4, 1, activation="sigmoid", name="excite")(s)
        return layers.Conv2D(3, 1, name="head")(layers.Multiply(name="scale")([x, s]))

    assert transposes(check_layer(network, (8, 8, 3))) == 2


def test_softmax_and_padding_follow_their_axes():
    def network(x):
        x = layers.Conv2D(4, 3, name="conv")(x)
        x = layers.ZeroPadding2D(((1, 2), (0, 3)), name="pad")(x)
        return layers.Conv2D(3, 1, activation="softmax", name="head")(x)

    assert transposes(check_layer(network, (8, 9, 3))) == 2


def test_constants_of_any_rank_are_turned():
    rng = np.random.default_rng(0)

    def network(x):
        x = layers.Conv2D(4, 3, name="conv")(x)
        for shape in ((), (4,), (1, 4), (5, 1), (6, 5, 4), (1, 6, 1, 1)):
            x = x * rng.normal(size=shape).astype("float32")
        return layers.Conv2D(3, 1, name="head")(x)

    assert transposes(check_layer(network, (8, 7, 3))) == 2


@pytest.mark.parametrize("before", [0, 3])
def test_the_transpose_before_flatten_and_dense_goes_into_the_rows(before):
    def network(x, *more):
        x = layers.Flatten(name="flat")(layers.Conv2D(4, 3, activation="relu", name="conv")(x))
        x = layers.Concatenate(name="joined")([*more, x]) if more else x
        return [layers.Dense(3, name="first")(x), layers.Dense(2, name="second")(x)]

    model = check_layer(network, (6, 7, 3), *[(before,)] * bool(before))
    assert transposes(model) == 1


def test_flattened_features_that_are_returned_keep_their_order():
    def network(x):
        x = layers.Flatten(name="flat")(layers.Conv2D(4, 3, name="conv")(x))
        return [layers.Dense(3, name="dense")(x), x]

    assert transposes(check_layer(network, (6, 7, 3))) == 2


def test_a_matrix_that_others_read_too_is_not_changed_for_them():
    dense = layers.Dense(3, name="dense")

    def network(x, y):
        flat = layers.Flatten(name="flat")(layers.Conv2D(4, 3, name="conv")(x))
        return [dense(flat), dense(y)]

    check_layer(network, (4, 4, 3), (16,))


def test_names_of_outputs_survive_when_what_they_name_is_moved():
    x = keras.Input((8, 8, 3), name="x")
    conv = layers.Conv2D(4, 3, name="conv")(x)
    relu = layers.ReLU(name="relu")(conv)
    model = check_model(keras.Model(x, [relu, conv, layers.Softmax(name="soft")(relu)]))
    assert [value.name for value in model.graph.outputs] == ["relu", "conv", "soft"]


def test_a_transpose_and_its_inverse_as_an_output_leave_an_identity():
    def network(x):
        return ops.transpose(ops.transpose(x, (0, 2, 1)), (0, 2, 1))

    check_layer(network, (4, 5), ops=["Identity"])


def test_two_transposes_that_do_not_cancel_become_one():
    def network(x):
        return ops.transpose(ops.transpose(x, (0, 2, 1, 3)), (0, 2, 3, 1))

    model = check_layer(network, (4, 5, 6), ops=["Transpose"])
    assert isinstance(model, ir.Model)
