"""Activation layers and every name of keras.activations inside a layer."""

import keras
import pytest
from harness import check_layer
from keras import layers

NAMES = sorted(
    name
    for name in dir(keras.activations)
    if not name.startswith("_")
    and name not in ("deserialize", "get", "serialize", "glu", "threshold")
)


def test_dense_with_every_activation():
    built = [layers.Dense(4, activation=name) for name in NAMES]
    check_layer(lambda x: [layer(x) for layer in built], (3,))


def test_activation_layers():
    built = [
        layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5),
        layers.ReLU(max_value=6.0),
        layers.ReLU(negative_slope=0.3),
        layers.LeakyReLU(negative_slope=0.1),
        layers.ELU(alpha=0.5),
        layers.PReLU(),
        layers.PReLU(shared_axes=[1]),
        layers.Softmax(),
        layers.Softmax(axis=1),
        layers.Softmax(axis=(1, 2)),
        layers.Activation("mish"),
    ]
    check_layer(lambda x: [layer(x) for layer in built], (4, 3))


def test_softmax_with_a_mask():
    check_layer(
        lambda x, mask: layers.Softmax()(x, mask=mask), (5, 3), (5, 3), dtype=["float32", "bool"]
    )


@pytest.mark.parametrize(("layer", "operator"), [("ReLU", "Relu"), ("Softmax", "Softmax")])
def test_plain_activation_layer_is_one_operator(layer, operator):
    check_layer(getattr(layers, layer)(), (4, 3), ops=[operator])


@pytest.mark.parametrize("approximate", [True, False])
def test_gelu_is_one_operator_from_opset_20_on(approximate):
    def gelu(x):
        return keras.activations.gelu(x, approximate=approximate)

    check_layer(gelu, (4, 3), ops=["Gelu"], opset=20)
    assert "Gelu" not in [node.op_type for node in check_layer(gelu, (4, 3)).graph]
