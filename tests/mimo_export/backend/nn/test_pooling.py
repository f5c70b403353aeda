"""Pooling is one operator between transposes, for every padding, stride and data format."""

import keras
import pytest
from functions import check_function
from harness import WIDE, check_layer
from keras import layers, ops

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pool_of_any_rank(rank, padding, data_format):
    pools = [ops.max_pool, ops.average_pool]
    if keras.backend.backend() == "torch" and padding == "same" and rank > 1:
        pools.pop()  # Keras counts padding into some of the means there alone
    sizes = (7, 6, 5)[:rank]
    shape = (*sizes, 2) if data_format == "channels_last" else (2, *sizes)
    check_layer(
        lambda x: [
            pool(x, size, strides, padding=padding, data_format=data_format)
            for pool in pools
            for size, strides in ((2, 2), (3, 2), (2, 1), (1, 2))
        ],
        shape,
    )


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pool_over_dynamic_sizes(padding):
    check_layer(
        lambda x: [
            pool(x, size, strides, padding=padding)
            for pool in (ops.max_pool, ops.average_pool)
            for size, strides in ((2, 2), (3, 2), (3, 1), (2, 3), (1, 3), ((2, 1), 5))
        ],
        (None, None, 2),
    )


def test_channels_first_needs_no_transpose():
    check_layer(
        lambda x: ops.max_pool(x, 2, 2, data_format="channels_first"),
        (2, 6, 6),
        ops=["MaxPool", "ReduceSum", "IsNaN", "If"],
    )
    check_layer(
        lambda x: ops.average_pool(x, 2, 2), (6, 2), ops=["Transpose", "AveragePool", "Transpose"]
    )


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_adaptive_pools_of_even_and_uneven_windows(data_format):
    shape = (7, 6, 2) if data_format == "channels_last" else (2, 7, 6)
    check_layer(
        lambda x: [
            pool(x, size, data_format=data_format)
            for pool in (ops.adaptive_max_pool, ops.adaptive_average_pool)
            for size in ((2, 3), (3, 4), (2, 2))
        ],
        shape,
    )


@pytest.mark.parametrize("sizes", [(7,), (4, 5, 6)])
def test_adaptive_pools_of_other_ranks(sizes):
    wanted = (3,) * len(sizes)
    check_layer(
        lambda x: [
            ops.adaptive_max_pool(x, wanted, data_format="channels_last"),
            ops.adaptive_average_pool(x, wanted, data_format="channels_last"),
        ],
        (*sizes, 2),
    )


@pytest.mark.parametrize("shape", [(None, 2), (None, 6, 2), (5, None, 2), (None, None, 2)])
def test_adaptive_pools_of_dynamic_sizes(shape):
    wanted = (2, 3)[: len(shape) - 1]
    check_function(
        lambda x: [
            ops.adaptive_max_pool(x, wanted, data_format="channels_last"),
            ops.adaptive_average_pool(x, wanted, data_format="channels_last"),
        ],
        shape,
    )


@WIDE
def test_pools_in_float64():
    padding = "valid" if keras.backend.backend() == "torch" else "same"
    check_layer(
        lambda x: [
            ops.average_pool(x, 3, 2, padding),
            ops.average_pool(x, 2),
            ops.max_pool(x, 3, 2, padding),
            ops.adaptive_average_pool(x, (2, 2), data_format="channels_last"),
        ],
        (8, 6, 2),
        dtype="float64",
    )


@pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="the others have no pools of integers on a CPU"
)
def test_pool_of_integers_keeps_every_digit():
    def values(rng, shape):
        return rng.integers(2**30, 2**31 - 1, shape)

    check_layer(layers.MaxPooling2D(2, dtype="int32"), (6, 6, 2), dtype="int32", values=values)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32"])
@pytest.mark.parametrize("kind", [layers.AveragePooling2D, layers.AdaptiveAveragePooling2D])
def test_a_mean_of_integers_is_refused(kind, dtype):
    x = keras.Input((4, 4, 1), dtype=dtype, name="x")
    model = keras.Model(x, kind(2, dtype=dtype, name="pool")(x), name="model")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        f"an average pooling of {dtype} has no ONNX form: the mean of integers is none\n"
        f"  where:  layer 'pool' ({kind.__name__}) of model 'model' (Functional)\n"
        "  remedy: cast to float32 before it; a float32 layer alone casts no integers"
    )
