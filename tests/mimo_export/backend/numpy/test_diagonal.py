"""Diagonals and triangles, of static and dynamic sizes."""

import pytest
from functions import check_function
from keras import ops


@pytest.mark.parametrize("k", [0, 1, -2])
def test_triangles(k):
    check_function(lambda x: [ops.tril(x, k), ops.triu(x, k)], (None, 4), ops=["Trilu", "Trilu"])


@pytest.mark.parametrize("k", [0, 1, -2])
def test_identities_and_triangles_of_ones(k):
    check_function(
        lambda x: [x + ops.eye(3, 4, k), x + ops.tri(3, 4, k), 2 * x - ops.eye(3, 4, k)],
        (3, 4),
        ops=["Add", "Add", "Mul", "Sub"],
    )


@pytest.mark.parametrize("offset", [0, 1, -1])
def test_diagonals(offset):
    check_function(
        lambda x: [
            ops.diagonal(x, offset, 1, 2),
            ops.diagonal(x, offset, 2, 1),
            ops.trace(x, offset, 1, 2),
        ],
        (3, 4),
    )


def test_diagonal_of_dynamic_sizes():
    check_function(lambda x: ops.diagonal(x, 1, axis1=1, axis2=2), (None, None))


@pytest.mark.parametrize("k", [0, 2, -1])
def test_matrices_with_a_given_diagonal(k):
    check_function(lambda x: [ops.diag(x[0], k), ops.diagflat(x[0], k)], (4,))
