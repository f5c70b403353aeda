"""Attention layers with every option, masks of every kind."""

import keras
import pytest
from harness import check_layer
from keras import layers


def _open(rng, shape):
    """Return token ids with holes anywhere, numbers for what is no sequence of tokens."""
    tokens = rng.integers(1, 9, shape) * (rng.random(shape) < 0.6)
    tokens[:, 0] = 3
    return tokens


@pytest.mark.parametrize("layer", [layers.Attention, layers.AdditiveAttention])
def test_attention_of_query_value_and_key(layer):
    check_layer(lambda q, v: layer(name="a")([q, v]), (4, 3), (None, 3))
    check_layer(
        lambda q, v, k: layer(name="a")([q, v, k], return_attention_scores=True),
        (4, 3),
        (5, 3),
        (5, 3),
    )
    check_layer(lambda q, v: layer(name="a")([q, v], use_causal_mask=True), (5, 3), (5, 3))


@pytest.mark.parametrize("options", [{"use_scale": True}, {"score_mode": "concat"}])
def test_options_of_attention(options):
    check_layer(lambda q, v: layers.Attention(**options)([q, v]), (4, 3), (5, 3))


@pytest.mark.parametrize("layer", [layers.Attention, layers.AdditiveAttention])
def test_attention_with_masks(layer):
    embed = layers.Embedding(9, 4, mask_zero=True)
    check_layer(
        lambda q, v: layer(name="a")([embed(q), embed(v)]),
        (5,),
        (None,),
        dtype="int32",
        values=_open,
    )


@pytest.mark.parametrize(
    "options",
    [
        {"num_heads": 2, "key_dim": 3},
        pytest.param(
            {"num_heads": 2, "key_dim": 3, "value_dim": 4, "output_shape": 6},
            marks=pytest.mark.xfail(
                keras.backend.backend() == "jax",
                reason="Keras on JAX reshapes values as if they were as wide as the keys",
            ),
        ),
        {"num_heads": 2, "key_dim": 3, "use_bias": False, "dropout": 0.5},
    ],
)
def test_multi_head_attention(options):
    layer = layers.MultiHeadAttention(**options)
    check_layer(layer, (4, 5), (None, 5))


def test_multi_head_attention_returns_scores_and_is_causal():
    layer = layers.MultiHeadAttention(2, 3)
    check_layer(lambda q, v: layer(q, v, return_attention_scores=True), (4, 5), (6, 5))
    check_layer(lambda x: layer(x, x, use_causal_mask=True), (None, 5))
    check_layer(
        lambda q, v, m: layer(q, v, attention_mask=m),
        (4, 5),
        (6, 5),
        (4, 6),
        dtype=["float32", "float32", "bool"],
    )


def test_multi_head_attention_over_several_axes():
    layer = layers.MultiHeadAttention(2, 3, attention_axes=(1, 2))
    check_layer(lambda x: layer(x, x), (3, 4, 5))


@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_with_masks(causal):
    embed = layers.Embedding(9, 4, mask_zero=True)
    layer = layers.MultiHeadAttention(2, 3)
    check_layer(
        lambda q: layer(embed(q), embed(q), use_causal_mask=causal),
        (None,),
        dtype="int32",
        values=_open,
    )


@pytest.mark.parametrize("heads", [(4, 2), (4, 1), (2, 2)])
def test_grouped_query_attention(heads):
    layer = layers.GroupQueryAttention(3, *heads)
    check_layer(layer, (4, 5), (None, 5))
    check_layer(lambda x: layer(x, x, use_causal_mask=True), (5, 5))


def test_transformer_block():
    def block(tokens):
        x = layers.Embedding(9, 8, mask_zero=True)(tokens)
        y = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
        x = layers.LayerNormalization()(x + layers.Dropout(0.1)(y))
        y = layers.Dense(8)(layers.Dense(16, activation="gelu")(x))
        return layers.LayerNormalization()(x + y)

    check_layer(block, (None,), dtype="int32", values=_open)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX compiles each for seconds")
def test_attention_in_half_precision():
    layer = layers.MultiHeadAttention(2, 3, dtype="mixed_float16")
    check_layer(lambda x: layer(x, x), (4, 5))
