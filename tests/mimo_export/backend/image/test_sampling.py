"""Pictures and arrays read between their elements."""

import keras
import numpy as np
import pytest
from functions import check_function
from keras import ops

MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
SHARED = ("constant", "nearest")  # where TensorFlow agrees with JAX and PyTorch
KNOWN = SHARED if keras.backend.backend() == "tensorflow" else MODES
TURNED = np.array([1.1, 0.2, -0.7, -0.3, 0.9, 1.33, 0, 0], "float32")
STARTS = np.array([[[0, 0], [0, 5], [4, 0], [4, 5]]], "float32")
ENDS = np.array([[[0.5, 0.2], [0.1, 4], [4, 0.5], [3, 5.2]]], "float32")


@pytest.mark.parametrize("order", [0, 1])
def test_coordinates(order):
    def function(x, points):
        points = ops.transpose(points, (2, 0, 1)) * 3
        return [
            ops.image.map_coordinates(x[0], points, order, fill_mode=mode, fill_value=2.0)
            for mode in KNOWN
        ]

    check_function(function, (5, 4), (6, 2))


def test_coordinates_in_integers():
    def function(x, points):
        points = ops.transpose(points, (2, 0, 1))
        return ops.image.map_coordinates(x[0], points, 1, fill_value=2)

    check_function(function, (5, 4), (6, 2), dtype=("int32", "float32"))


def test_coordinates_of_a_dynamic_size():
    def function(x, points):
        return ops.image.map_coordinates(
            x[0], ops.transpose(points, (2, 0, 1)) * 3, 1, fill_mode="nearest"
        )

    check_function(function, (None, None), (6, 2))


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_affine_transform(interpolation, data_format):
    modes = SHARED if data_format == "channels_first" else KNOWN

    def moved(shift):
        # Three numbers of eight: the last two make a projection of it, which TensorFlow has alone.
        return ops.add(ops.pad(shift * 0.3, ((0, 0), (0, 5))), TURNED)

    def function(x, shift):
        # A matrix for each: Keras on PyTorch changes the one that it is given.
        return [
            ops.image.affine_transform(
                x, moved(shift), interpolation, mode, 2.0, data_format=data_format
            )
            for mode in modes
        ]

    check_function(function, (5, 4, 2), (3,))


def test_affine_transform_of_one_picture():
    check_function(
        lambda x: ops.image.affine_transform(x[0], TURNED, data_format="channels_last"), (5, 4, 2)
    )


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow alone divides by the last row"
)
def test_affine_transform_with_a_last_row():
    matrix = np.array([1.1, 0.2, -0.7, -0.3, 0.9, 1.33, 0.05, -0.02], "float32")
    check_function(
        lambda x: ops.image.affine_transform(x, matrix[None], data_format="channels_last"),
        (5, 4, 2),
    )


@pytest.mark.skipif(
    not hasattr(ops.image, "perspective_transform"),
    reason="this Keras has no perspective_transform",
)
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_perspective_transform(interpolation):
    def function(x, shift):
        starts = ops.convert_to_tensor(STARTS) + 0.1 * shift
        ends = ops.convert_to_tensor(ENDS) + 0.1 * shift
        return ops.image.perspective_transform(
            x, starts, ends, interpolation, 1.0, data_format="channels_last"
        )

    check_function(function, (5, 6, 2), (4, 2))
