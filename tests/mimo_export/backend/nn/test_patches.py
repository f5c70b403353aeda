"""Pictures to patches and back, pixels to channels and back."""

import keras
import pytest
from functions import check_function
from harness import check_layer
from keras import ops


@pytest.mark.xfail(
    keras.backend.backend() == "tensorflow",
    reason="Keras on TensorFlow cannot unfold a batch of unknown size in a graph",
)
def test_unfold_takes_every_patch():
    check_layer(
        lambda x: [
            ops.unfold(x, 3),
            ops.unfold(x, (2, 3), dilation=2, padding=1),
            ops.unfold(x, 2, stride=(2, 3), padding=(1, 0)),
        ],
        (2, 7, 8),
    )


def test_fold_adds_patches_in_one_operator():
    check_layer(lambda x: ops.fold(x, (5, 6), 2, stride=1), (8, 20), ops=["Col2Im"])
    check_layer(lambda x: ops.fold(x, (6, 6), (2, 2), stride=2, padding=1), (8, 16))


@pytest.mark.parametrize(
    "data_format",
    [
        "channels_last",
        pytest.param(
            "channels_first",
            marks=pytest.mark.skipif(
                keras.backend.backend() == "tensorflow",
                reason="Keras orders the channels of a block as with channels last there alone",
            ),
        ),
    ],
)
def test_blocks_become_channels_and_back(data_format):
    shape = (4, 6, 8) if data_format == "channels_last" else (8, 4, 6)
    check_layer(
        lambda x: [
            ops.depth_to_space(x, 2, data_format=data_format),
            ops.space_to_depth(x, 2, data_format=data_format),
        ],
        shape,
    )


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras orders the channels of a block as with channels last there alone",
)
def test_blocks_of_dynamic_channels():
    check_function(lambda x: ops.space_to_depth(x, 2, "channels_first"), (None, 4, 4))
