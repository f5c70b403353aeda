"""What reads an input tells which of its elements are row numbers of tables."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from mimo_export.interface import interface_of
from mimo_export.onnx import trace
from mimo_export.row_numbers import row_numbers


class Reader(layers.Layer):
    """Calls a function of its input and of two tables."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.large = layers.Embedding(1000, 2)
        self.small = layers.Embedding(10, 2)

    def build(self, _):
        self.large.build(None)
        self.small.build(None)

    def call(self, x):
        return self.function(self, x)

    def compute_output_shape(self, shape):
        return (shape[0], 1)


def found(function, shape=(4,), dtype="float32"):
    x = keras.Input(shape, dtype=dtype, name="x")
    reads = row_numbers(trace(interface_of(keras.Model(x, Reader(function)(x)))))
    return reads["x"].rows.tolist(), reads["x"].reaches


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
@pytest.mark.parametrize(
    ("function", "rows"),
    [
        (lambda me, x: me.large(x), 1000),
        (lambda _, x: ops.take(np.ones((5, 2), "float32"), ops.cast(x, "int32"), axis=0), 5),
        (lambda _, x: ops.one_hot(ops.cast(x, "int32"), 6), 6),
        (lambda me, x: me.small(ops.reshape(x, (-1, 2, 2))), 10),
        (lambda me, x: me.small(ops.transpose(ops.expand_dims(x, 0))), 10),
        (lambda me, x: me.small(ops.round(x)), 10),
        (lambda me, x: me.large(x) + me.small(x), 10),
        (lambda me, x: me.small(ops.where(x < 0, 0, x)), 10),
        (lambda me, x: me.small(ops.concatenate([x, 0 * x[:, :1]], axis=1)), 10),
    ],
)
def test_ids_are_told_by_the_table_that_reads_them(function, rows, dtype):
    assert found(function, dtype=dtype)[0] == [rows] * 4


def test_each_column_has_its_own_table():
    def columns(me, x):
        return ops.concatenate([me.large(x[:, 0]), me.small(x[:, 2])], axis=-1)

    assert found(columns) == ([1000, 0, 10, 0], False)


def test_columns_that_are_split_and_reversed_are_followed():
    def columns(me, x):
        first, second = ops.split(ops.flip(x, axis=1), 2, axis=1)
        return ops.concatenate([me.large(first), me.small(second)], axis=-1)

    assert found(columns) == ([10, 10, 1000, 1000], False)


def test_a_free_dimension_counts_as_its_smallest_table():
    def columns(me, x):
        return ops.concatenate([me.large(x[:, :, 0]), me.small(x[:, :, 1])], axis=-1)

    assert found(columns, (None, 3)) == ([[1000, 10, 0]], False)


def test_ids_that_are_computed_reach_a_table():
    assert found(lambda me, x: me.small(x + 1)) == ([0, 0, 0, 0], True)


def test_a_mask_and_a_clipped_place_reach_no_table():
    def masked(me, x):
        places = ops.clip(ops.cast(x * 3, "int32"), 0, 9)
        return ops.where(ops.expand_dims(x > 0, -1), me.small(places), 0.0)

    assert found(masked) == ([0, 0, 0, 0], False)


def test_measurements_are_no_ids():
    assert found(lambda _, x: ops.sin(x) + ops.mean(x, axis=1, keepdims=True)) == ([0] * 4, False)


def test_rows_of_another_input_are_counted():
    nodes = keras.Input((6, 3), name="nodes")
    edges = keras.Input((5,), dtype="int32", name="edges")
    taken = ops.take_along_axis(nodes, ops.expand_dims(edges, -1), axis=1)
    reads = row_numbers(trace(interface_of(keras.Model([nodes, edges], taken))))
    assert reads["edges"].rows.tolist() == [6] * 5
    assert not reads["nodes"].rows.any()
