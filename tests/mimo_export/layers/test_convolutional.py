"""Every convolution layer with every option."""

import keras
import pytest
from harness import check_layer
from keras import layers

SIZES = {1: (9,), 2: (9, 8), 3: (6, 5, 4)}
TENSORFLOW = keras.backend.backend() == "tensorflow"
FORMATS = [
    "channels_last",
    pytest.param(
        "channels_first",
        marks=pytest.mark.skipif(
            TENSORFLOW, reason="TensorFlow has no channels-first convolution on a CPU"
        ),
    ),
]


def _shape(rank, data_format, channels):
    sizes = SIZES[rank]
    return (*sizes, channels) if data_format == "channels_last" else (channels, *sizes)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_conv(rank, padding, data_format):
    conv = getattr(layers, f"Conv{rank}D")
    common = {"padding": padding, "data_format": data_format}
    built = [
        conv(4, 3, **common),
        conv(4, 2, strides=2, use_bias=False, **common),
        conv(4, 2, dilation_rate=2, activation="relu", **common),
        conv(4, 3, groups=2, **common),
    ]
    check_layer(lambda x: [layer(x) for layer in built], _shape(rank, data_format, 4))


def test_causal_conv_of_a_dynamic_length():
    built = [layers.Conv1D(4, 3, padding="causal", dilation_rate=d) for d in (1, 2)]
    check_layer(lambda x: [layer(x) for layer in built], (None, 2))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv_over_dynamic_sizes(padding):
    built = [
        layers.Conv2D(4, 3, padding=padding),
        layers.Conv2D(4, (3, 2), strides=(2, 1), padding=padding),
        layers.DepthwiseConv2D(3, strides=2, padding=padding),
        layers.SeparableConv2D(4, 3, padding=padding),
        layers.Conv2DTranspose(4, 3, strides=2, padding=padding),
    ]
    check_layer(lambda x: [layer(x) for layer in built], (None, None, 2))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2])
def test_depthwise_and_separable(rank, padding, data_format):
    depthwise = getattr(layers, f"DepthwiseConv{rank}D")
    separable = getattr(layers, f"SeparableConv{rank}D")
    common = {"padding": padding, "data_format": data_format}
    built = [
        depthwise(3, depth_multiplier=2, **common),
        depthwise(3, strides=2, use_bias=False, **common),
        depthwise(2, dilation_rate=2, activation="relu", **common),
        separable(4, 3, depth_multiplier=2, **common),
        separable(4, 3, strides=2, use_bias=False, **common),
        separable(4, 2, dilation_rate=2, **common),
    ]
    check_layer(lambda x: [layer(x) for layer in built], _shape(rank, data_format, 3))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposed_conv(rank, padding, data_format):
    conv = getattr(layers, f"Conv{rank}DTranspose")
    common = {"padding": padding, "data_format": data_format}
    built = [
        conv(4, 3, **common),
        conv(4, 3, strides=2, use_bias=False, **common),
        conv(4, 2, strides=3, activation="relu", **common),
        conv(4, 3, strides=2, output_padding=1, **common),
    ]
    if not TENSORFLOW:  # which has no dilated transposed convolution on a CPU
        built.append(conv(4, 2, dilation_rate=2, **common))
    check_layer(lambda x: [layer(x) for layer in built], _shape(rank, data_format, 2))


def test_conv_is_one_operator_between_transposes():
    check_layer(
        layers.Conv2D(4, 3, use_bias=False), (6, 6, 2), ops=["Transpose", "Conv", "Transpose"]
    )
    check_layer(
        layers.Conv2DTranspose(4, 3, use_bias=False),
        (6, 6, 2),
        ops=["Transpose", "ConvTranspose", "Transpose"],
    )
