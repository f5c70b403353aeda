"""Elements are moved, never computed."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

ONE = {
    "reshape": (lambda x: ops.reshape(x, (-1, 6)), ["Reshape"]),
    "reshape_to_dynamic": (lambda x: ops.reshape(x, (ops.shape(x)[0], -1)), ["Reshape"]),
    "ravel": (ops.ravel, ["Reshape"]),
    "transpose": (lambda x: ops.transpose(x, (2, 0, 1)), ["Transpose"]),
    "swapaxes": (lambda x: ops.swapaxes(x, -1, 1), ["Transpose"]),
    "moveaxis": (lambda x: ops.moveaxis(x, -1, 1), ["Transpose"]),
    "moveaxes": (lambda x: ops.moveaxis(x, (0, 1), (-1, -2)), ["Transpose"]),
    "expand_dims": (lambda x: ops.expand_dims(x, (1, -1)), ["Unsqueeze"]),
    "squeeze": (lambda x: ops.squeeze(x[:, :, :1], -1), ["Slice", "Squeeze"]),
    "flip": (lambda x: ops.flip(x, (1, 2)), ["Slice"]),
    "fliplr": (ops.fliplr, ["Slice"]),
    "flipud": (ops.flipud, ["Slice"]),
    "tile": (lambda x: ops.tile(x, (1, 2, 1)), ["Tile"]),
    "tile_more": (lambda x: ops.tile(x, (2, 1, 1, 2)), ["Unsqueeze", "Tile"]),
    "rot90": (lambda x: ops.rot90(x, 1, (1, 2)), ["Slice", "Transpose"]),
    "rot270": (lambda x: ops.rot90(x, 3, (1, 2)), ["Transpose", "Slice"]),
    "roll": (lambda x: ops.roll(x, 1, 1), ["Slice", "Slice", "Concat"]),
    "concatenate": (lambda x: ops.concatenate([x, x, x], 1), ["Concat"]),
}


@pytest.mark.parametrize(("function", "operators"), ONE.values(), ids=ONE)
def test_function_is_its_operators(function, operators):
    check_function(function, (3, 6), ops=operators)


def test_rolls_of_any_distance_over_any_axes():
    check_function(
        lambda x: [ops.roll(x, 5), ops.roll(x, -7, 1), ops.roll(x, (1, -2), (1, 2))], (3, 4)
    )
    check_function(lambda x: ops.roll(x, 2, 1), (None, 2))
    check_function(lambda x: ops.roll(x[2:], 2, 0), (2,))  # empty for a batch of 1


def test_tiles_for_each_row_of_a_batch_keep_their_known_sizes():
    row = np.arange(3, dtype="float32")[None]
    check_function(
        lambda x: x[:, 0] * ops.unstack(ops.tile(row, (ops.shape(x)[0], 1)), axis=1)[1], (None,)
    )


@pytest.mark.parametrize("axis", [None, 1, -1])
def test_repeats_of_all_elements(axis):
    check_function(lambda x: ops.repeat(x, 3, axis), (None, 2))


def test_repeats_of_each_element():
    check_function(lambda x: ops.repeat(x, np.array([1, 0, 2]), axis=1), (3, 2), ops=["Gather"])


def test_splits_and_stacks():
    check_function(
        lambda x: [
            *ops.split(x, 3, 1),
            *ops.split(x, [1, 4], -1),
            ops.stack([x, x + 1], 1),
            ops.stack([x, x], -1),
        ],
        (3, 6),
    )


def test_splits_of_a_dynamic_axis_into_equal_parts():
    def split(x):
        doubled = ops.concatenate([x, x + 1], 1)
        return [*ops.split(doubled, 2, 1), *ops.split(doubled, 1, 1)]

    check_function(split, (None, 2))


def test_repeats_whose_number_is_dynamic():
    check_function(
        lambda x, y: ops.repeat(ops.reshape(x, (-1,)), y, 0),
        (),
        (),
        dtype=("float32", "int32"),
        values=lambda _, shape: np.arange(*shape),
    )


def test_half_a_turn():
    check_function(lambda x: ops.rot90(x, 2, (1, 2)), (3, 3), ops=["Slice"])


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow needs the whole size for places"
)
def test_split_at_places_of_a_dynamic_axis():
    check_function(lambda x: ops.split(x, [1, 3], 1), (None, 2))


def test_concatenation_mixes_dtypes_as_keras_does():
    check_function(
        lambda x, y: [ops.concatenate([x, y], -1), ops.stack([x, y], -1)],
        (4,),
        (4,),
        dtype=("float32", "int32"),
    )


def test_broadcasts_to_computed_sizes():
    check_function(
        lambda x, y: [
            ops.broadcast_to(x, ops.shape(y)),
            ops.broadcast_to(np.ones((1, 2), "float32"), (ops.shape(x)[0], 2)),
            ops.reshape(y, (ops.shape(y)[0] * ops.shape(y)[1], 2)),
            ops.reshape(y, (-1, ops.shape(y)[1] * 2)),
        ],
        (1, 2),
        (None, 2),
    )
