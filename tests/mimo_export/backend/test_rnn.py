"""Recurrent layers stay fused, whatever their options and masks."""

import keras
import numpy as np
import pytest
from harness import check_layer
from keras import layers

FUSED = {"lstm": layers.LSTM, "gru": layers.GRU}


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("kind", FUSED)
def test_recurrent_layer_is_one_fused_operator(kind, return_sequences, go_backwards):
    layer = FUSED[kind](
        4, return_sequences=return_sequences, go_backwards=go_backwards, name="layer"
    )
    exported = check_layer(layer, (None, 3))
    fused = [node.op_type for node in exported.graph if node.op_type in ("LSTM", "GRU")]
    assert fused == [kind.upper()]


def test_lstm_of_last_output_has_no_transpose_behind_it():
    check_layer(layers.LSTM(4, name="lstm"), (7, 3), ops=["Transpose", "LSTM", "Squeeze"])


@pytest.mark.parametrize("kind", FUSED)
def test_states_are_returned_and_taken(kind):
    count = 2 if kind == "lstm" else 1
    layer = FUSED[kind](4, return_state=True, name="layer")

    def call(x, *states):
        return layer(x, initial_state=list(states))

    check_layer(call, (None, 3), *[(4,)] * count)


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("kind", FUSED)
def test_any_mask_is_exact_with_the_fused_operator(kind, return_sequences, go_backwards):
    layer = FUSED[kind](
        4,
        return_sequences=return_sequences,
        go_backwards=go_backwards,
        return_state=True,
        name="layer",
    )
    exported = check_layer(layer, (None,), dtype="int32", mask=True, values=_holes)
    assert kind.upper() in [node.op_type for node in exported.graph]
    assert "Loop" not in [node.op_type for node in exported.graph]


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_zero_output_for_mask_is_learnt_from_the_layer(return_sequences, zero):
    layer = layers.LSTM(4, return_sequences=return_sequences, zero_output_for_mask=zero, name="l")
    check_layer(layer, (None,), dtype="int32", mask=True, values=_holes)


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("merge", ["concat", "sum", None])
@pytest.mark.parametrize("kind", FUSED)
@pytest.mark.parametrize("mask", [False, True])
def test_bidirectional(kind, merge, return_sequences, mask):
    layer = layers.Bidirectional(
        FUSED[kind](4, return_sequences=return_sequences, name="inner"),
        merge_mode=merge,
        name="outer",
    )
    shape, dtype = ((None,), "int32") if mask else ((None, 3), "float32")
    check_layer(layer, shape, dtype=dtype, mask=mask, values=_holes if mask else None)


@pytest.mark.parametrize("activation", ["relu", "hard_sigmoid", "softsign", "linear"])
@pytest.mark.parametrize("kind", FUSED)
def test_other_activations_are_parameters_of_the_operator(kind, activation):
    layer = FUSED[kind](4, activation=activation, recurrent_activation="hard_sigmoid", name="layer")
    exported = check_layer(layer, (5, 3))
    assert kind.upper() in [node.op_type for node in exported.graph]


@pytest.mark.parametrize("kind", FUSED)
def test_layer_without_bias(kind):
    check_layer(FUSED[kind](4, use_bias=False, name="layer"), (5, 3))


def test_gru_that_resets_before():
    check_layer(layers.GRU(4, reset_after=False, name="layer"), (5, 3))


def test_shared_recurrent_layer_has_its_weights_once():
    layer = layers.LSTM(4, name="layer")
    model = check_layer(lambda x, y: keras.ops.concatenate([layer(x), layer(y)]), (5, 3), (6, 3))
    assert len([v for v in model.graph.initializers if v.startswith("layer/lstm_cell/kernel")]) == 1


def _holes(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return token ids with masked steps anywhere, one row all masked and one all open."""
    tokens = rng.integers(1, 9, shape) * rng.integers(0, 2, shape)
    tokens[-1] = 0
    if len(tokens) > 1:
        tokens[0] = 1 + np.arange(shape[1]) % 8
    return tokens
