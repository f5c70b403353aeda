"""Every equation is a MatMul where it is a sum of products."""

import numpy as np
import pytest
from functions import check_function
from keras import ops

TWO = {
    "abc,cd->abd": [(None, 3), (3, 4), ["MatMul"]],
    "abc,cde->abde": [(None, 3), (3, 2, 4), ["MatMul", "Reshape"]],
    "abcd,cde->abe": [(None, 2, 3), (2, 3, 4), ["Reshape", "MatMul"]],
    "abc,dc->abd": [(None, 3), (4, 3), ["MatMul"]],
    "abc,c->ab": [(None, 3), (3,), ["MatMul"]],
    "...c,cd->...d": [(None, 3), (3, 4), ["MatMul"]],
}
EACH = {
    "aecd,abcd->acbe": [(None, 2, 3), (None, 2, 3)],
    "acbe,aecd->abcd": [(2, 5, 5), (5, 2, 3)],
    "abc,abd->acd": [(None, 3), (None, 4)],
    "abc,abc->a": [(None, 3), (None, 3)],
    "abc,abc->abc": [(None, 3), (None, 3)],
    "abc,ade->abcde": [(2, 3), (4, 5)],
    "ab,ac->abc": [(2,), (3,)],
    "ab,ab": [(3,), (3,)],
    "abc,adc->ad": [(2, 3), (4, 3)],
    "a...b,a...b->...": [(2, 3), (2, 3)],
    "a...c,ac...->a...": [(2, 3), (3, 2)],
}
ONE = {
    "abc->acb": (2, 3),
    "abc->ac": (None, 3),
    "abc->": (2, 3),
    "abb->ab": (3, 3),
    "...a->...": (2,),
}


@pytest.mark.parametrize(("equation", "case"), TWO.items(), ids=list(TWO))
def test_product_with_weights_is_one_matmul(equation, case):
    shape, weights, operators = case
    kernel = np.linspace(-1, 1, int(np.prod(weights)), dtype="float32").reshape(weights)
    check_function(lambda x: ops.einsum(equation, x, kernel), shape, ops=operators)


@pytest.mark.parametrize(("equation", "shapes"), EACH.items(), ids=list(EACH))
def test_product_of_two_tensors(equation, shapes):
    check_function(lambda x, y: ops.einsum(equation, x, y), *shapes)


@pytest.mark.parametrize(("equation", "shape"), ONE.items(), ids=list(ONE))
def test_sum_or_turn_of_one_tensor(equation, shape):
    check_function(lambda x: ops.einsum(equation, x), shape)


def test_product_of_three_tensors():
    check_function(
        lambda x, y: ops.einsum("abc,acd,de->abe", x, y, np.ones((4, 2), "float32")),
        (2, 3),
        (3, 4),
    )


def test_integers_stay_integers():
    check_function(lambda x, y: ops.einsum("ab,ac->bc", x, y), (2,), (3,), dtype="int32")
