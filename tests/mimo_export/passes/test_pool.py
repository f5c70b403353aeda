"""The mean of a plane is a pool where a convolution reads it."""

import pytest
from harness import check_layer
from keras import layers, ops

from mimo_export.passes.pool import PoolPass


def squeezed(x):
    """Return what a squeeze-and-excitation block makes of a picture."""
    mean = layers.GlobalAveragePooling2D(keepdims=True, name="pool")(x)
    return x * layers.Conv2D(3, 1, activation="sigmoid", name="excite")(mean)


def test_squeeze_and_excitation_has_a_pool():
    convolved = layers.Conv2D(3, 3, name="conv")
    model = check_layer(lambda x: squeezed(convolved(x)), (6, 7, 2))
    kinds = [node.op_type for node in model.graph]
    assert (kinds.count("GlobalAveragePool"), kinds.count("ReduceMean")) == (1, 0)
    assert not PoolPass()(model).modified


def test_negative_axes_are_the_same_plane():
    def network(x):
        x = layers.Conv2D(3, 3, name="before")(x)
        mean = ops.mean(x, axis=(-3, -2), keepdims=True)
        return layers.Conv2D(3, 1, name="conv")(mean)

    model = check_layer(network, (6, 7, 2))
    assert "GlobalAveragePool" in [node.op_type for node in model.graph]


@pytest.mark.parametrize(
    "network",
    [
        layers.GlobalAveragePooling2D(keepdims=True),  # an output
        lambda x: layers.Dense(3)(layers.GlobalAveragePooling2D()(x)),
        lambda x: layers.Conv2D(3, 1)(ops.mean(x, axis=1, keepdims=True)),
        lambda x: layers.Conv2D(3, 1)(ops.mean(x, axis=(1, 2, 3), keepdims=True)),
    ],
)
def test_other_means_stay(network):
    kinds = [node.op_type for node in check_layer(network, (6, 7, 2)).graph]
    assert (kinds.count("GlobalAveragePool"), kinds.count("ReduceMean")) == (0, 1)


def test_a_plane_of_free_size_stays():
    def network(x):
        return squeezed(layers.Conv2D(3, 3, padding="same", name="conv")(x))

    assert "ReduceMean" in [node.op_type for node in check_layer(network, (None, None, 2)).graph]
