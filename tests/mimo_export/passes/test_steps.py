"""Many numbers are added in steps; few are left to one operator."""

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from functions import _traced, check_function
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.steps import StepsPass


def kinds(model):
    return [node.op_type for node in model.graph]


def test_a_mean_over_an_image_is_one_over_each_axis():
    model = check_function(lambda x: ops.mean(x, axis=(1, 2)), (20, 24, 3))
    assert kinds(model) == ["ReduceMean", "ReduceMean"]
    assert not StepsPass()(model).modified


def test_a_small_image_is_left_to_one_operator():
    model = check_function(lambda x: ops.mean(x, axis=(1, 2)), (7, 7, 3))
    assert kinds(model) == ["ReduceMean"]


def test_sizes_that_are_not_known_are_taken_one_after_the_other():
    model = check_function(lambda x: ops.sum(x, axis=(1, 2)), (None, None, 3))
    assert kinds(model) == ["ReduceSum", "ReduceSum"]


def test_a_long_axis_is_reshaped_to_rows():
    model = check_function(lambda x: ops.sum(x, axis=1), (600, 3))
    assert kinds(model) == ["Reshape", "ReduceSum", "ReduceSum"]
    assert not StepsPass()(model).modified


@pytest.mark.parametrize("size", [599, 1100])
def test_any_size_gives_the_right_sum(size):
    check_function(lambda x: [ops.sum(x, axis=-1), ops.mean(x, axis=-1, keepdims=True)], (size,))


def test_axes_that_stay_stay():
    model = check_function(lambda x: x - ops.mean(x, axis=(1, 2), keepdims=True), (8, 9, 2))
    assert kinds(model) == ["ReduceMean", "ReduceMean", "Sub"]


def test_an_image_far_from_zero_is_normalized_as_keras_does():
    """One after the other, 65,536 pixels of 32 channels lose four digits of their mean."""
    layer = layers.GroupNormalization(1, center=False, scale=False, name="norm")
    check_layer(layer, (64, 64, 8), values=lambda rng, shape: rng.normal(300, 30, shape))


def test_the_variance_of_many_numbers_far_from_zero_is_right():
    x = np.random.default_rng(0).normal(1e5, 1, (2, 4096)).astype("float32")
    true = x.astype("float64").var(axis=-1)
    model = answer(lambda x: ops.var(x, axis=-1), x)
    np.testing.assert_allclose(model, true, rtol=1e-5)


def test_a_running_sum_of_equal_numbers_loses_no_digits():
    x = np.full((1, 10_000), 0.1, "float32")
    true = np.cumsum(x.astype("float64"), axis=-1)
    np.testing.assert_allclose(answer(lambda x: ops.cumsum(x, axis=-1), x), true, 1e-6)


def answer(function, x):
    """Return what the file of a function says of an array."""
    model = _traced(function, [x.shape[1:]], [str(x.dtype)])
    proto = ir.serde.serialize_model(model)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: x})[0]


# PyTorch says so of the variance, which is the right one.
@pytest.mark.filterwarnings("ignore:.*degrees of freedom is <= 0:UserWarning")
def test_the_mean_and_the_variance_of_nothing_are_nan():
    check_function(lambda x: [ops.mean(x[:, 3:], axis=1), ops.var(x[:, 3:], axis=1)], (3,))
