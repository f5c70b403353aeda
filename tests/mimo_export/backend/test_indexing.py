"""Indexing follows NumPy, in as few operators as it takes."""

import re

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError

A = np.array([1, 0, 2])
B = np.array([[0], [1]])

BACKEND = keras.backend.backend()
FORWARDS = pytest.mark.skipif(BACKEND == "torch", reason="PyTorch takes no negative steps")
PLACES = pytest.mark.skipif(BACKEND == "tensorflow", reason="TensorFlow takes no tensors of places")

PLAIN = {
    "number": (lambda x: x[:, 1], ["Slice", "Squeeze"]),
    "last": (lambda x: x[:, -1, ..., None], ["Slice", "Reshape"]),
    "steps": (lambda x: x[:, ::2, 1:3], ["Slice"]),
    "new_axes": (lambda x: x[:, None, 1, :, None], ["Slice", "Reshape"]),
    "everything": (lambda x: x[...] + x[:], ["Add"]),
}
BACKWARDS = {"whole": lambda x: x[:, ::-1, 1:3:2], "part": lambda x: x[:, 3:0:-2]}
ONE = {"list": lambda x: x[:, [1, 0, 2]], "array_at_the_end": lambda x: x[..., A]}
MIXED = {
    "apart": lambda x: x[:, A, :, A],
    "neighbours": lambda x: x[:, A, B],
    "with_new_axes": lambda x: x[:, None, A, B, None],
    "with_a_new_axis_between": lambda x: x[:, A, None, B],
}


@pytest.mark.parametrize(("function", "operators"), PLAIN.values(), ids=PLAIN)
def test_key_is_its_operators(function, operators):
    check_function(function, (4, 5, 6), ops=operators)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow takes lists of slices")
def test_a_list_with_slices_is_a_key_of_several_axes():
    key = [slice(None), None, slice(1, 3), ...]
    check_function(lambda x: x[key], (4, 5, 6), ops=["Slice", "Unsqueeze"])


@FORWARDS
@pytest.mark.parametrize("function", BACKWARDS.values(), ids=BACKWARDS)
def test_negative_steps_are_one_slice(function):
    check_function(function, (4, 5, 6), ops=["Slice"])


@PLACES
@pytest.mark.parametrize("function", ONE.values(), ids=ONE)
def test_one_tensor_of_places_is_one_gather(function):
    check_function(function, (4, 5, 6), ops=["Gather"])


@PLACES
def test_several_tensors_of_places_anywhere():
    check_function(lambda x: {n: f(x) for n, f in MIXED.items()}, (4, 5, 6))


@pytest.mark.skipif(BACKEND != "jax", reason="PyTorch applies numbers first, NumPy does not")
def test_numbers_beside_tensors_of_places_follow_numpy():
    check_function(lambda x: [x[:, 1, :, A], x[:, 1:3, A, 0]], (4, 5, 6))


def test_slices_of_a_dynamic_axis():
    check_function(
        lambda x: [x[:, 1:], x[:, :-1], x[:, -2:], x[:, ::2], x[:, 0], x[-1:]], (None, 2)
    )


def test_slice_up_to_a_computed_size():
    check_function(lambda x, y: x[:, : ops.shape(y)[1]], (9, 2), (None, 2))


@PLACES
def test_known_masks_are_places():
    rows, both = np.array([True, False, True]), np.arange(12).reshape(3, 4) % 2 == 0
    check_function(lambda x: [x[:, rows, 1:], x[..., [False, True] * 2], x[:, both]], (3, 4))


def positive(x):
    return x[..., 0] > 0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[x > 0],
        lambda x: x[x[:, :, 0] > 0],
        lambda x: x[ops.sum(x, (1, 2)) > 0],
        pytest.param(lambda x: x[:, ops.any(x > 1, axis=(0, 2))], marks=PLACES),
        pytest.param(lambda x: x[..., ops.sum(x, (0, 1)) > 0], marks=PLACES),
        pytest.param(lambda x: x[positive(x), 1:], marks=PLACES),
        pytest.param(lambda x: x[positive(x), None, 0], marks=PLACES),
        pytest.param(lambda x: x[positive(x)][:, 1] + x[positive(x), 2], marks=PLACES),
        lambda x: ops.mean(x[x > 0]),
        lambda x: ops.concatenate([x[positive(x)], -x[~positive(x)]], axis=0),
        lambda x: ops.reshape(ops.matmul(x[positive(x)], np.ones((3, 2), "float32")), (-1,)),
        lambda x: ops.take(ops.reshape(x, (-1, 3)), ops.nonzero(ops.ravel(positive(x)))[0], axis=0),
        pytest.param(lambda x: x[tuple(ops.where(x > 0))], marks=PLACES),
    ],
)
def test_a_mask_leaves_a_free_number_of_places(function):
    check_function(function, (None, 3))


@PLACES
def test_a_mask_is_looked_through_once():
    exported = check_function(lambda x: [x[x[:, 0] > 0], x[x[:, 0] > 0, 1] * 2], (3,))
    assert [node.op_type for node in exported.graph].count("NonZero") == 1
    exported = check_function(lambda x: x[x > 9], (3,))  # none at all
    assert [node.op_type for node in exported.graph][-1] == "GatherND"


def test_edges_of_a_graph_are_added_up_by_the_node_that_they_reach():
    def messages(nodes, edges):
        sent = edges[edges[:, 0] != edges[:, 1]]
        gathered = ops.take(nodes, sent[:, 0], axis=0)
        return ops.segment_sum(gathered, sent[:, 1], num_segments=ops.shape(nodes)[0])

    def values(rng, shape):
        return rng.integers(0, shape[0], shape)

    check_function(messages, (3,), (2,), dtype=("float32", "int32"), values=values)


def test_a_single_truth_value_is_no_index():
    message = (
        "a tensor is indexed with a single truth value\n"
        "  where:  float32[batch, 4]\n"
        "  remedy: use keras.ops.where(condition, x, 0), which keeps the shape"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(lambda x: x[x[0, 0] > 0], (4,))
