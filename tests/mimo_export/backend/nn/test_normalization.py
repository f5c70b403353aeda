"""Normalisation by given statistics scales and shifts; statistics are means."""

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from harness import check_layer
from keras import Input, Model, layers, ops

from mimo_export.onnx import to_onnx


def test_batch_normalization_scales_and_shifts():
    mean, variance, offset, scale = (
        np.random.default_rng(1).uniform(0.5, 1, (4, 3)).astype("float32")
    )
    check_layer(
        lambda x: ops.batch_normalization(x, mean, variance, -1, offset, scale),
        (5, 3),
        ops=["Mul", "Add"],
    )
    check_layer(lambda x: ops.batch_normalization(x, mean, variance, 1), (3, 5))


FAR = np.array([1e3, -1e5, 0.0], "float32")
NARROW = np.array([1e-4, 1.0, 1.0], "float32")


@pytest.mark.parametrize("dense", [False, True])
def test_a_mean_far_from_zero_costs_no_digits(dense):
    rng = np.random.default_rng(2)
    deviations = np.sqrt(NARROW.astype("float64"))
    rows = (FAR + deviations * rng.normal(size=(200, 3))).astype("float32")
    kernel = rng.normal(size=(3, 4)).astype("float32")
    x = Input((3,), name="x")
    ones = np.ones(3, "float32")
    y = ops.batch_normalization(x, FAR, NARROW, -1, ones, ones, epsilon=0.0)
    if dense:
        layer = layers.Dense(4, name="dense")
        y = layer(y)
        layer.kernel.assign(kernel)
    model = to_onnx(Model(x, y))
    kinds = [node.op_type for node in model.graph]
    assert kinds == ["Add", "Gemm" if dense else "BatchNormalization"]
    session = onnxruntime.InferenceSession(ir.serde.serialize_model(model).SerializeToString())
    exact = (rows - FAR.astype("float64")) / deviations + 1
    exact = exact @ kernel if dense else exact
    (found,) = session.run(None, {"x": rows})
    assert np.abs(found - exact).max() < 1e-6 * np.abs(exact).max()


def test_statistics_that_the_graph_computes_are_taken_away_first():
    def normal(x):
        mean, variance = ops.moments(x, [0])
        return ops.batch_normalization(x, mean, variance, -1)

    check_layer(normal, (3,), sizes=((8, 1),))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_moments(dtype):
    check_layer(
        lambda x: [
            *ops.moments(x, [0]),
            *ops.moments(x, [1, 2], keepdims=True),
            *ops.moments(x, [0, 2]),
        ],
        (None, 4),
        dtype=dtype,
    )
