"""Systems of equations, inverses and determinants, by elimination with LAPACK's exchanges."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from functions import check_function
from harness import WIDE
from keras import ops

from mimo_export.onnx import to_onnx

PIVOTS = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow returns a permutation instead"
)


def _regular(rng, shape):
    """Matrices far from singular that need their rows exchanged."""
    x = rng.normal(size=shape)
    size = min(shape[-2:])
    return x + 4 * np.roll(np.eye(shape[-2], shape[-1]), size // 2, axis=-1)


@PIVOTS
@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (None, None)])
def test_factors_and_exchanges(shape):
    check_function(ops.lu_factor, shape, values=_regular)


@pytest.mark.parametrize("size", [4, None])
def test_systems_and_inverses(size):
    def function(a, b):
        return [ops.solve(a, b), ops.inv(a)]

    check_function(function, (size, size), (size, 2), values=_regular)


@pytest.mark.parametrize("size", [5, 40])
def test_systems_and_inverses_are_exact_to_the_last_digits(size):
    rng = np.random.default_rng(3)
    x, right = (rng.normal(size=(4, size, width)).astype("float32") for width in (size, 2))
    inputs = [keras.Input(array.shape[1:], name=name) for name, array in (("a", x), ("b", right))]
    model = to_onnx(keras.Model(inputs, [ops.inv(inputs[0]), ops.solve(*inputs)]))
    session = onnxruntime.InferenceSession(ir.serde.serialize_model(model).SerializeToString())
    exact = x.astype("float64")
    wanted = np.linalg.inv(exact), np.linalg.solve(exact, right.astype("float64"))
    for found, want in zip(session.run(None, {"a": x, "b": right}), wanted, strict=True):
        assert np.abs(found - want).max() < 1e-7 * np.abs(want).max()
    x[1, 2, 3] = np.nan
    inverse, _ = session.run(None, {"a": x, "b": right})
    assert np.isnan(inverse).any(axis=(1, 2)).tolist() == [False, True, False, False]


def test_system_with_one_right_side():
    check_function(lambda a, b: ops.solve(a[0], b[0, :, 0]), (4, 4), (4, 1), values=_regular)


@pytest.mark.parametrize("size", [1, 4])
def test_sizes_of_determinants(size):
    def function(x):
        square = ops.matmul(x, ops.transpose(x, (0, 2, 1))) + ops.eye(size)
        return [*ops.slogdet(x), ops.logdet(square)]

    check_function(function, (size, size), values=_regular)


def test_singular_matrix_has_no_sign():
    def function(x):
        return ops.slogdet(ops.concatenate([x[:, :2], x[:, :1]], axis=1))[0]

    check_function(function, (3, 3), values=lambda rng, shape: rng.integers(1, 5, shape))


def test_determinant_is_one_operator():
    check_function(ops.det, (3, 3), ops=["Det"])


@WIDE
def test_double_precision():
    check_function(lambda x: [ops.det(x), ops.inv(x)], (4, 4), dtype="float64", values=_regular)


@pytest.mark.parametrize("place", [(0, 0), (2, 3), (4, 4)])
def test_a_number_that_is_none_spoils_its_own_matrix(place):
    def function(x):
        return [*ops.slogdet(x), ops.inv(x), ops.lu_factor(x)[0]]

    x = np.random.default_rng(4).normal(size=(3, 5, 5)).astype("float32")
    x[1][place] = np.nan
    matrices = keras.Input((5, 5), name="x")
    model = to_onnx(keras.Model(matrices, function(matrices)))
    session = onnxruntime.InferenceSession(ir.serde.serialize_model(model).SerializeToString())
    _, *outputs = session.run(None, {"x": x})
    for found in outputs:
        assert np.isnan(found.reshape(3, -1)).any(axis=-1).tolist() == [False, True, False]
