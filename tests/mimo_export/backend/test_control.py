"""Conditions and loops become If, Loop and Scan, and see what is around them."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx

SCALE = np.float32(2.0)


def test_condition_is_one_if():
    check_function(
        lambda x: ops.cond(ops.sum(x) > 0, lambda: x * SCALE, lambda: -x),
        (3,),
        ops=["ReduceSum", "Greater", "If"],
    )


def test_branches_may_return_what_is_outside_and_structures():
    check_function(
        lambda x: ops.cond(
            ops.max(x) > 0.5, lambda: {"a": x, "b": x + 1}, lambda: {"a": x * 2, "b": x}
        ),
        (3,),
    )


def test_known_condition_is_its_branch():
    check_function(lambda x: ops.cond(True, lambda: x + 1, lambda: x - 1), (3,), ops=["Add"])


@pytest.mark.parametrize("index", [0, 1, 2])
def test_switch_between_branches(index):
    branches = [lambda a: a + 1, lambda a: a * 2, lambda a: a - 3]
    check_function(
        lambda x: ops.switch(
            ops.cast(ops.sum(x) * 0, "int32") + index, branches, ops.convert_to_tensor(x)
        ),
        (3,),
    )


def test_while_loop():
    check_function(
        lambda x: ops.while_loop(
            lambda i, y: ops.logical_and(i < 5, ops.sum(y) < 100),
            lambda i, y: (i + 1, y * 2 + x),
            (0, x),
        ),
        (3,),
    )


def test_while_loop_stops_at_a_number_of_steps():
    check_function(
        lambda x: ops.while_loop(lambda y: ops.sum(y) < 1e9, lambda y: y + 1, x, 3), (3,)
    )


def test_counted_loop():
    check_function(
        lambda x: ops.fori_loop(1, 4, lambda i, y: y + x * ops.cast(i, "float32"), x), (3,)
    )


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_along_a_dynamic_axis(reverse):
    def step(carry, x):
        carry = carry * 0.5 + x
        return carry, carry * 2

    def call(x):
        steps = ops.transpose(x, (1, 0, 2))
        return list(ops.scan(step, ops.zeros_like(steps[0]), steps, reverse=reverse))

    check_function(call, (None, 2))


def test_map_over_the_batch():
    check_function(lambda x: ops.map(lambda row: ops.sum(row) + row, x), (3,))


def test_vectorized_map_sees_what_is_around_it():
    check_function(
        lambda x: ops.vectorized_map(lambda row: row * 2 + ops.max(row), ops.convert_to_tensor(x)),
        (3,),
    )


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("length", [1, 5, 8])
def test_associative_scan(length, reverse):
    check_function(
        lambda x: ops.associative_scan(
            lambda a, b: a + b, ops.convert_to_tensor(x), reverse=reverse, axis=1
        ),
        (length,),
    )


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="Keras's TensorFlow form needs a static length"
)
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan_of_a_dynamic_length(reverse):
    check_function(
        lambda x: ops.associative_scan(lambda a, b: a + b, x, reverse=reverse, axis=1), (None, 2)
    )


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="Keras's TensorFlow form needs a static length"
)
def test_associative_scan_of_several_tensors_of_a_dynamic_length():
    def function(x, y):
        def combined(a, b):
            return a[0] + b[0], a[1] * b[1]

        return ops.associative_scan(combined, (x, y), axis=1)

    check_function(function, (None,), (None,))


def test_a_function_of_an_associative_scan_that_forgets_a_tensor_is_refused():
    def forgetful(x):
        return ops.associative_scan(lambda a, b: [a[0] + b[0]], [x, x], axis=1)

    class Scanned(keras.layers.Layer):
        def call(self, x):
            return forgetful(x)[0]

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    x = keras.Input((4,))
    with pytest.raises(UnsupportedOperationError, match="as many tensors as `elems` has"):
        to_onnx(keras.Model(x, Scanned()(x)))


def test_a_traced_number_stops_a_while_loop():
    check_function(
        lambda x: ops.while_loop(lambda y: ops.sum(y) < 1e9, lambda y: y + 1, x, ops.shape(x)[1]),
        (None,),
    )
