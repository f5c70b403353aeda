"""Every pooling layer with every option, masks included."""

import keras
import pytest
from harness import check_layer
from keras import layers

SIZES = {1: (9,), 2: (9, 8), 3: (6, 5, 4)}
FORMATS = ["channels_last", "channels_first"]


def _shape(rank, data_format):
    return (*SIZES[rank], 3) if data_format == "channels_last" else (3, *SIZES[rank])


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_local_pooling(rank, padding, data_format):
    names = ["Max", "Average"]
    if keras.backend.backend() == "torch" and padding == "same" and rank > 1:
        names.pop()  # Keras counts padding into some of the means there alone
    built = [
        getattr(layers, f"{name}Pooling{rank}D")(
            size, strides, padding=padding, data_format=data_format
        )
        for name in names
        for size, strides in ((2, None), (3, 2), (2, 1))
    ]
    check_layer(lambda x: [layer(x) for layer in built], _shape(rank, data_format))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_pooling(rank, data_format):
    built = [
        getattr(layers, f"Global{name}Pooling{rank}D")(data_format=data_format, keepdims=keepdims)
        for name in ("Max", "Average")
        for keepdims in (False, True)
    ]
    check_layer(lambda x: [layer(x) for layer in built], _shape(rank, data_format))


@pytest.mark.parametrize("rank", [1, 2])
def test_pooling_over_dynamic_sizes(rank):
    built = [
        getattr(layers, f"{name}Pooling{rank}D")() for name in ("Max", "GlobalMax", "GlobalAverage")
    ]
    check_layer(lambda x: [layer(x) for layer in built], (*[None] * rank, 3))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_adaptive_pooling(rank, data_format):
    built = [
        getattr(layers, f"Adaptive{name}Pooling{rank}D")(size, data_format=data_format)
        for name in ("Max", "Average")
        for size in (2, 3)
    ]
    check_layer(lambda x: [layer(x) for layer in built], _shape(rank, data_format))


def test_masked_global_average():
    check_layer(layers.GlobalAveragePooling1D(), (None,), dtype="int32", mask=True, values=_open)


def _open(rng, shape):
    """Return token ids with holes anywhere, and no row that is all masked: Keras divides by 0."""
    tokens = rng.integers(0, 9, shape)
    tokens[:, 0] = 3
    return tokens
