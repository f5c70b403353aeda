"""A long row by one column is a product the other way around."""

import numpy as np
import onnx_ir as ir
import onnxruntime
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.row import RowPass


def _small(rng, shape):
    """Return numbers whose sums over thousands are around 1, as a network's are."""
    return 0.05 * rng.normal(size=shape)


def test_a_long_row_by_one_column_is_turned():
    model = check_layer(
        layers.Dense(1, name="dense"), (1024,), values=_small, ops=["Gemm", "Transpose"]
    )
    assert [output.name for output in model.graph.outputs] == ["dense"]
    assert not RowPass()(model).modified


def test_an_empty_batch_of_long_rows_is_an_empty_column():
    model = check_layer(layers.Dense(1, name="dense"), (2000,), values=_small)
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString())
    (found,) = session.run(None, {"x0": np.zeros((0, 2000), "float32")})
    assert found.shape == (0, 1)


def test_a_row_that_would_round_too_much_is_left():
    check_layer(layers.Dense(1, name="dense"), (131_073,), values=_small, ops=["Gemm"])


def test_a_short_row_and_several_columns_are_left():
    check_layer(layers.Dense(1, name="dense"), (1023,), ops=["Gemm"])
    check_layer(layers.Dense(2, name="dense"), (1024,), ops=["Gemm"])


def test_long_parts_are_turned_and_short_ones_added_as_they_are():
    dense = layers.Dense(1, name="dense")

    def network(a, b, c, d):
        return dense(layers.Concatenate(name="joined")([a, b, c, d]))

    check_layer(
        *(network, (1024,), (2,), (3,), (2000,)),
        values=_small,
        ops=["Concat", "Gemm", "Gemm", "Transpose", "Gemm"],
    )


def test_a_row_that_is_read_elsewhere_stays_joined():
    dense = layers.Dense(1, name="dense")

    def network(a, b):
        joined = layers.Concatenate(name="joined")([a, b])
        return [dense(joined), joined * np.float32(2)]

    model = check_layer(network, (1024,), (2,), values=_small)
    assert sorted(node.op_type for node in model.graph) == ["Concat", "Gemm", "Mul", "Transpose"]


def test_batches_one_under_the_other_are_no_parts_of_a_row():
    dense = layers.Dense(1, name="dense")

    def network(a, b):
        return dense(ops.concatenate([a, b], axis=0))

    check_layer(network, (1024,), (1024,), values=_small, ops=["Concat", "Gemm", "Transpose"])
