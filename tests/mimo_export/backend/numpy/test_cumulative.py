"""Running products and differences along any axis."""

import pytest
from functions import check_function
from keras import ops


@pytest.mark.parametrize("axis", [None, 1, -1])
def test_running_products(axis):
    check_function(lambda x: ops.cumprod(x, axis=axis), (None, 3))


def test_running_product_of_integers():
    check_function(lambda x: ops.cumprod(x, axis=1), (4,), dtype="int32")


@pytest.mark.parametrize(("n", "axis"), [(1, -1), (2, 1), (1, 2)])
def test_differences(n, axis):
    check_function(lambda x: ops.diff(x, n=n, axis=axis), (4, 3))


def test_differences_of_a_dynamic_length():
    check_function(lambda x: ops.diff(x, axis=1), (None,))


def test_areas_under_a_line():
    check_function(
        lambda x: [ops.trapezoid(x), ops.trapezoid(x, dx=0.5, axis=1), ops.trapezoid(x, x=x * x)],
        (4, 3),
    )


def test_a_product_of_a_known_size_doubles_what_it_covers():
    model = check_function(lambda x: ops.cumprod(x, axis=1), (9, 2))
    assert "Scan" not in [node.op_type for node in model.graph]
    check_function(lambda x: ops.cumprod(x, axis=-1), (2, 1))
    check_function(lambda x: ops.cumprod(x, axis=1), (40,), dtype="int32")
