"""Convolutions are one operator, with Keras's padding, strides, dilations and groups."""

import re

import keras
import numpy as np
import pytest
from functions import check_function
from harness import WIDE, check_layer
from keras import layers, ops

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx

FIRST = pytest.param(
    "channels_first",
    marks=pytest.mark.skipif(
        keras.backend.backend() == "tensorflow",
        reason="TensorFlow has no channels-first convolution on a CPU",
    ),
)


def _kernel(*shape):
    return np.random.default_rng(1).normal(0, 0.4, shape).astype("float32")


def test_dynamic_channels_are_refused():
    def channels(x):
        return ops.conv(x, _kernel(3, 2, 4))

    message = (
        "a convolution needs a static size, and axis 1 of float32[batch, size_0_1, 5] is dynamic\n"
        "  remedy: give this dimension a size where the model's input is declared"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(channels, (5, None))


@pytest.mark.parametrize("data_format", ["channels_last", FIRST])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_conv_of_any_rank(rank, padding, data_format):
    sizes = (9, 8, 7)[:rank]
    shape = (*sizes, 2) if data_format == "channels_last" else (2, *sizes)
    check_layer(
        lambda x: [
            ops.conv(x, _kernel(*[3] * rank, 2, 4), s, padding, data_format, d)
            for s, d in ((1, 1), (2, 1), (1, 2))
        ],
        shape,
    )


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv_over_dynamic_sizes(padding):
    check_layer(
        lambda x: [
            ops.conv(x, _kernel(k, k, 2, 4), s, padding, dilation_rate=d)
            for k, s, d in ((3, 1, 1), (3, 2, 1), (2, 3, 1), (2, 1, 2), (2, 5, 1), (1, 3, 1))
        ],
        (None, None, 2),
    )


def test_grouped_conv_is_one_operator():
    check_layer(
        layers.Conv2D(6, 3, groups=2, padding="same", use_bias=False),
        (5, 6, 4),
        ops=["Transpose", "Conv", "Transpose"],
    )


@pytest.mark.parametrize("data_format", ["channels_last", FIRST])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2])
def test_depthwise_and_separable_conv(rank, padding, data_format):
    sizes = (9, 8)[:rank]
    shape = (*sizes, 3) if data_format == "channels_last" else (3, *sizes)
    deep, point = _kernel(*[3] * rank, 3, 2), _kernel(*[1] * rank, 6, 4)
    check_layer(
        lambda x: [
            conv(x, *kernels, strides, padding, data_format, dilation)
            for conv, kernels in ((ops.depthwise_conv, [deep]), (ops.separable_conv, [deep, point]))
            for strides, dilation in ((1, 1), (2, 1), (1, 2))
        ],
        shape,
    )


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_transposed_conv_of_any_kernel_and_stride(size, padding):
    built = [layers.Conv1DTranspose(4, size, strides, padding) for strides in (1, 2, 3)]
    check_layer(lambda x: [layer(x) for layer in built], (None, 2))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_transposed_conv_with_output_padding(padding):
    options = [(3, 2, 1), (3, 2, 0), (4, 3, 2), (5, 3, 1)]
    built = [
        layers.Conv1DTranspose(4, size, strides, padding, output_padding=output_padding)
        for size, strides, output_padding in options
    ]
    check_layer(lambda x: [layer(x) for layer in built], (6, 2))


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow has no dilated one on a CPU"
)
def test_dilated_transposed_conv():
    built = [layers.Conv1DTranspose(4, 3, 1, p, dilation_rate=2) for p in ("valid", "same")]
    check_layer(lambda x: [layer(x) for layer in built], (6, 2))


@pytest.mark.parametrize("dtype", ["float16", pytest.param("float64", marks=WIDE)])
def test_conv_in_other_dtypes(dtype):
    check_layer(lambda x: ops.conv(x, _kernel(3, 2, 4).astype(dtype)), (7, 2), dtype=dtype)


@WIDE
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv_in_float64_loses_no_digits(padding):
    wide = _kernel(3, 3, 2, 4).astype("float64")
    grouped = layers.Conv2D(4, 3, padding=padding, groups=2, dtype="float64")

    def function(x):
        # Of numbers near 1e6, float32 would keep nothing behind the point.
        return [
            ops.conv(x * 1e6, wide, 2, padding) / 1e6,
            ops.conv(x, wide, 1, padding, dilation_rate=2),
            grouped(x),
        ]

    check_layer(function, (7, 6, 2), dtype="float64")


@WIDE
def test_transposed_conv_in_float64_is_refused():
    message = (
        "onnxruntime computes no ConvTranspose of float64\n"
        "  where:  layer 'up' (Conv1DTranspose) of model 'model' (Functional)\n"
        "  remedy: cast to float32 or int32 before the operation"
    )
    inputs = keras.Input((4, 2), dtype="float64", name="x")
    layer = layers.Conv1DTranspose(3, 2, dtype="float64", name="up")
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        to_onnx(keras.Model(inputs, layer(inputs), name="model"))
