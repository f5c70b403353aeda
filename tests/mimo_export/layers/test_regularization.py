"""Layers that act in training alone are the identity."""

import pytest
from harness import check_layer
from keras import layers

IDENTITIES = [
    layers.Dropout(0.5),
    layers.Dropout(0.5, noise_shape=(None, 1)),
    layers.AlphaDropout(0.5),
    layers.GaussianDropout(0.5),
    layers.GaussianNoise(0.5),
    layers.ActivityRegularization(0.1),
]


@pytest.mark.parametrize("layer", IDENTITIES, ids=lambda layer: type(layer).__name__)
def test_layer_is_the_identity(layer):
    check_layer(layer, (3,), ops=["Identity"])


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_spatial_dropout_is_the_identity(rank):
    layer = getattr(layers, f"SpatialDropout{rank}D")(0.5)
    check_layer(layer, (*[4] * rank, 3), ops=["Identity"])
