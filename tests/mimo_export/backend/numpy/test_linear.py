"""Products of every rank."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError

W = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)
V = np.linspace(-1, 1, 3, dtype="float32")

SHORTER = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow takes shorter patterns alone"
)
LONGEST = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch keeps the length of the first argument"
)


def test_products_with_matrices_and_vectors():
    check_function(
        lambda x: [
            ops.matmul(x, W),
            ops.matmul(x, V),
            ops.matmul(ops.convert_to_tensor(V), ops.transpose(x, (0, 2, 1))),
            (2 * x) @ ops.convert_to_tensor(W),
            ops.dot(3 * x, W),
            ops.dot(4 * x, V),
            ops.inner(5 * x, V),
            ops.tensordot(6 * x, W, 1),
            ops.tensordot(7 * x, W, [[2], [0]]),
        ],
        (None, 3),
    )


def test_matmul_is_one_operator():
    check_function(ops.matmul, (4, 3), (3, 2), ops=["MatMul"])


@pytest.mark.parametrize("dtype", ["int32", "float16"])
def test_products_of_other_dtypes(dtype):
    check_function(ops.matmul, (4, 3), (3, 2), dtype=dtype)


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras's PyTorch form multiplies matrices in a batch"
)
def test_dot_of_two_tensors_and_numbers():
    check_function(lambda x, y: ops.dot(x[0], y), (2, 3), (3, 2))


def test_outer_products():
    check_function(lambda x, y: [ops.outer(x, y), ops.vdot(x[0], y[0]), ops.kron(x, y)], (2,), (2,))


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch crosses vectors of three parts alone"
)
@pytest.mark.parametrize("sizes", [(3, 3), (2, 2), (3, 2)])
def test_cross_products(sizes):
    check_function(ops.cross, (4, sizes[0]), (4, sizes[1]))


def test_powers_of_a_vector():
    check_function(lambda x: [ops.vander(x[0], 3), ops.vander(x[0], 3, increasing=True)], (4,))


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_correlation_with_a_pattern(mode):
    check_function(lambda x: ops.correlate(x[0], V, mode), (6,))


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_correlation_of_dynamic_lengths(mode):
    check_function(lambda x: ops.correlate(x[0], V, mode), (None,))


@pytest.mark.parametrize(
    "mode", [pytest.param("valid", marks=SHORTER), pytest.param("same", marks=LONGEST), "full"]
)
@pytest.mark.parametrize("size", [6, None])
def test_correlation_with_a_longer_pattern(mode, size):
    check_function(lambda x: ops.correlate(V, x[0], mode), (size,))


def test_vectors_of_a_dynamic_size_have_no_cross_product():
    with pytest.raises(UnsupportedOperationError) as refusal:
        check_function(lambda x: ops.cross(x, V), (None,))
    assert str(refusal.value) == (
        "keras.ops.cross needs a static size, and axis 1 of float32[batch, size_0_0] is dynamic\n"
        "  remedy: give this dimension a size where the model's input is declared"
    )
