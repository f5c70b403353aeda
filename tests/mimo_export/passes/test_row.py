"""A long row by one column is a product the other way around."""

import numpy as np
from harness import check_layer
from keras import layers

from mimo_export.passes.row import RowPass


def test_a_long_row_by_one_column_is_turned():
    model = check_layer(layers.Dense(1, name="dense"), (1024,), ops=["Gemm", "Transpose"])
    assert [output.name for output in model.graph.outputs] == ["dense"]
    assert not RowPass()(model).modified


def test_a_short_row_and_several_columns_are_left():
    check_layer(layers.Dense(1, name="dense"), (1023,), ops=["Gemm"])
    check_layer(layers.Dense(2, name="dense"), (1024,), ops=["Gemm"])


def test_long_parts_are_not_joined_before_the_product():
    dense = layers.Dense(1, name="dense")

    def network(a, b, c, d):
        return dense(layers.Concatenate(name="joined")([a, b, c, d]))

    check_layer(
        network, (1024,), (2,), (3,), (2000,), ops=["Concat", "Gemm", "Gemm", "Gemm", "Transpose"]
    )


def test_a_row_that_is_read_elsewhere_stays_joined():
    dense = layers.Dense(1, name="dense")

    def network(a, b):
        joined = layers.Concatenate(name="joined")([a, b])
        return [dense(joined), joined * np.float32(2)]

    model = check_layer(network, (1024,), (2,))
    assert sorted(node.op_type for node in model.graph) == ["Concat", "Gemm", "Mul", "Transpose"]
