"""Layers of several inputs, with broadcasting and masks."""

import pytest
from harness import check_layer
from keras import layers

MERGES = ["Add", "Average", "Maximum", "Minimum", "Multiply"]


def test_merges_of_two_and_three():
    built = [getattr(layers, name)() for name in MERGES]
    check_layer(lambda *xs: [layer(list(xs)) for layer in built], (4, 3), (4, 3), (4, 3))
    check_layer(lambda x, y: layers.Subtract()([x, y]), (4, 3), (4, 3), ops=["Sub"])


def test_merges_that_broadcast():
    built = [getattr(layers, name)() for name in [*MERGES, "Subtract"]]
    check_layer(lambda x, y: [layer([x, y]) for layer in built], (None, 4, 3), (1, 3))


@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_concatenate(axis):
    check_layer(lambda x, y: layers.Concatenate(axis=axis)([x, y]), (4, 3), (4, 3), ops=["Concat"])


def test_dot():
    built = [
        layers.Dot(axes=1),
        layers.Dot(axes=(1, 1)),
        layers.Dot(axes=1, normalize=True),
    ]
    check_layer(lambda x, y: [layer([x, y]) for layer in built], (4, 3), (4, 5))
    check_layer(lambda x, y: layers.Dot(axes=(2, 1))([x, y]), (4, 3), (3, 5))


def test_masks_of_merged_inputs():
    embed = layers.Embedding(9, 4, mask_zero=True)
    for name in [*MERGES, "Concatenate"]:
        merge = getattr(layers, name)()
        check_layer(
            lambda x, y, merge=merge: layers.GlobalAveragePooling1D()(
                merge([embed(x), embed(y) * 2.0])
            ),
            (5,),
            (5,),
            dtype="int32",
            values=lambda rng, shape: (
                rng.integers(1, 9, shape) * (rng.random(shape) < 0.7) + (rng.random(shape) < 0)
            ),
        )
