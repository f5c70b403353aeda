"""Cholesky's root, and triangular systems."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from functions import check_function
from keras import ops

from mimo_export.onnx import to_onnx


def _positive(rng, shape):
    x = rng.normal(size=shape)
    return x @ np.swapaxes(x, -1, -2) + 2 * np.eye(shape[-1])


def _dominant(rng, shape):
    return rng.normal(size=shape) + 4 * np.eye(*shape[-2:])


@pytest.mark.parametrize("size", [1, 4, None])
def test_roots_of_positive_matrices(size):
    check_function(
        lambda x: [ops.cholesky(x), ops.cholesky(x, upper=True)], (size, size), values=_positive
    )


@pytest.mark.skipif(not hasattr(ops, "cholesky_inverse"), reason="this Keras has none")
def test_inverse_from_a_root():
    def function(x):
        root = ops.cholesky(x[0])
        return [ops.cholesky_inverse(root), ops.cholesky_inverse(ops.transpose(root), upper=True)]

    check_function(function, (4, 4), values=_positive)


@pytest.mark.parametrize("size", [4, None])
def test_triangular_systems(size):
    def function(a, b):
        return [ops.solve_triangular(a, b, lower=lower) for lower in (False, True)]

    check_function(function, (size, size), (size, 2), values=_dominant)


def test_triangular_system_with_one_right_side():
    check_function(
        lambda a, b: ops.solve_triangular(a[0], b[0, :, 0]), (4, 4), (4, 1), values=_dominant
    )


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="PyTorch alone broadcasts batches")
def test_batches_are_broadcast():
    def function(a, b):
        return [ops.solve_triangular(a, b[:1]), ops.solve_triangular(a[:1], b)]

    check_function(function, (3, 3), (3, 2), values=_dominant)


@pytest.mark.parametrize("lower", [False, True])
def test_the_other_triangle_is_not_read(lower):
    def function(a, b):
        there = np.tri(4, dtype=bool) if lower else np.tri(4, dtype=bool).T
        return ops.solve_triangular(ops.where(there, a, np.nan), b, lower=lower)

    model = check_function(function, (4, 4), (4, 2), values=_dominant)
    assert "Loop" not in [node.op_type for node in model.graph]


def test_matrices_without_rows_have_roots_and_solutions_without_rows():
    a, b = keras.Input((None, None), name="a"), keras.Input((None, 2), name="b")
    outputs = [ops.cholesky(a), ops.solve_triangular(a, b)]
    model = ir.serde.serialize_model(to_onnx(keras.Model([a, b], outputs)))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    none = {"a": np.zeros((3, 0, 0), "float32"), "b": np.zeros((3, 0, 2), "float32")}
    assert [found.shape for found in session.run(None, none)] == [(3, 0, 0), (3, 0, 2)]
