"""Recurrent layers stay fused, whatever their options and masks."""

import keras
import numpy as np
import onnx_ir as ir
import pytest
from harness import check_layer
from keras import layers

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx
from mimo_export.onnx_file import write_onnx


def operators(exported):
    """Return the types of all nodes, those of bodies behind the node that holds them."""
    return [node.op_type for node in ir.traversal.RecursiveGraphIterator(exported.graph)]


FUSED = {"lstm": layers.LSTM, "gru": layers.GRU}


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("kind", FUSED)
def test_recurrent_layer_is_one_fused_operator(kind, return_sequences, go_backwards):
    layer = FUSED[kind](
        4, return_sequences=return_sequences, go_backwards=go_backwards, name="layer"
    )
    exported = check_layer(layer, (None, 3))
    fused = [op for op in operators(exported) if op in ("LSTM", "GRU")]
    assert fused == [kind.upper()]


def test_lstm_of_last_output_has_no_transpose_behind_it():
    exported = check_layer(layers.LSTM(4, name="lstm"), (7, 3))
    guard = ["Shape", "Cast", "If"]
    computed = ["Transpose", "LSTM", "Squeeze"]
    assert operators(exported) == [*guard, *computed, "ConstantOfShape"]


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
    assert kind.upper() in operators(exported)
    assert "Loop" not in operators(exported)


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
    assert kind.upper() in operators(exported)


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


def test_fused_bidirectional_layer_is_one_operator():
    for kind, make in FUSED.items():
        layer = layers.Bidirectional(make(4, return_sequences=True), name="outer")
        exported = check_layer(layer, (None, 3))
        assert operators(exported).count(kind.upper()) == 1


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_simple_rnn_is_one_fused_operator(return_sequences, go_backwards):
    layer = layers.SimpleRNN(
        4,
        return_sequences=return_sequences,
        go_backwards=go_backwards,
        return_state=True,
        name="layer",
    )
    exported = check_layer(layer, (None,), dtype="int32", mask=True, values=_holes)
    assert operators(exported).count("RNN") == 1
    assert "Scan" not in operators(exported)


def test_rnn_of_keras_cells_is_fused():
    cells = [layers.LSTMCell(4), layers.GRUCell(3, reset_after=False), layers.SimpleRNNCell(5)]
    exported = check_layer(
        layers.RNN(cells, return_sequences=True, return_state=True, go_backwards=True),
        (None,),
        dtype="int32",
        mask=True,
        values=_holes,
    )
    fused = [op for op in operators(exported) if op in ("LSTM", "GRU", "RNN", "Scan")]
    assert fused == ["LSTM", "GRU", "RNN"]


class Decaying(layers.Layer):
    """A cell of its own: two states of different sizes, and an output that is neither."""

    def __init__(self, **options):
        super().__init__(**options)
        self.state_size = [3, 2]
        self.output_size = 4

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 3), name="kernel")
        self.head = self.add_weight(shape=(5, 4), name="head")

    def call(self, inputs, states):
        slow = 0.5 * states[0] + keras.ops.tanh(keras.ops.matmul(inputs, self.kernel))
        count = states[1] + keras.ops.sum(inputs, axis=-1, keepdims=True)
        both = keras.ops.concatenate([slow, count], axis=-1)
        return keras.ops.matmul(both, self.head), [slow, count]


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_custom_cell_is_one_scan(return_sequences, go_backwards):
    layer = layers.RNN(
        Decaying(),
        return_sequences=return_sequences,
        go_backwards=go_backwards,
        return_state=True,
        name="layer",
    )
    exported = check_layer(layer, (None, 3))
    assert operators(exported).count("Scan") == 1


@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="Keras takes the first state for the previous output of a masked step there alone",
)
@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_custom_cell_with_any_mask(go_backwards, zero):
    layer = layers.RNN(
        Decaying(),
        return_sequences=True,
        return_state=True,
        go_backwards=go_backwards,
        zero_output_for_mask=zero,
        name="layer",
    )
    check_layer(layer, (None,), dtype="int32", mask=True, values=_holes)


def test_unrolled_layer_is_the_same_operator():
    for kind in (*FUSED.values(), layers.SimpleRNN):
        check_layer(kind(4, unroll=True, return_sequences=True, name="layer"), (5, 3))
    exported = check_layer(layers.RNN(Decaying(), unroll=True, name="layer"), (5, 3))
    assert operators(exported).count("Scan") == 1


@pytest.mark.parametrize("activation", ["gelu", "selu"])
@pytest.mark.parametrize("kind", FUSED)
def test_activation_that_onnx_does_not_know_becomes_a_scan(kind, activation):
    layer = FUSED[kind](4, activation=activation, return_sequences=True, name="layer")
    exported = check_layer(layer, (None,), dtype="int32", mask=True, values=_holes)
    assert "Scan" in operators(exported)


@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="Keras repeats the initial state before the first unmasked step there alone",
)
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("kind", FUSED)
def test_initial_state_with_a_mask(kind, return_sequences):
    count = 2 if kind == "lstm" else 1
    layer = FUSED[kind](4, return_state=True, return_sequences=return_sequences, name="layer")

    def call(x, *states):
        return layer(x, initial_state=list(states))

    kinds = ["int32", *["float32"] * count]
    check_layer(call, (None,), *[(4,)] * count, dtype=kinds, mask=True, values=_tokens_or_numbers)


@pytest.mark.parametrize("dropout", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}])
def test_dropout_of_a_recurrent_layer_does_nothing_at_inference(dropout):
    for kind in (*FUSED.values(), layers.SimpleRNN):
        check_layer(kind(4, name="layer", **dropout), (None, 3))


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_half_precision(kind):
    plain = {"recurrent_initializer": "glorot_uniform"}  # no backend makes orthogonal halves
    layer = kind(4, dtype="float16", return_sequences=True, name="layer", **plain)
    check_layer(layer, (5, 3), dtype="float16")
    check_layer(kind(4, dtype="mixed_float16", name="layer", **plain), (5, 3))


@pytest.mark.hosts
@pytest.mark.parametrize("options", [{}, {"go_backwards": True}, {"zero_output_for_mask": True}])
@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_what_a_runtime_without_lengths_gives_for_masked_steps_is_not_read(kind, options, tmp_path):
    openvino = pytest.importorskip("openvino", reason="OpenVINO is not installed")
    words = keras.Input((9,), dtype="int32", name="words")
    x = layers.Embedding(20, 3, mask_zero=True, name="embedding")(words)
    y = kind(4, return_sequences=True, name="layer", **options)(x)
    model = keras.Model(words, y)
    path = tmp_path / "m.onnx"
    write_onnx(to_onnx(model), path)
    tokens = np.random.default_rng(0).integers(0, 3, (6, 9)).astype("int32")
    tokens[0], tokens[1], tokens[2, :4], tokens[3, 4:] = 0, 1, 0, 0
    precise = {"INFERENCE_PRECISION_HINT": "f32"}  # some processors would compute in bfloat16
    found = openvino.compile_model(path, "CPU", precise)({"words": tokens})[0]
    expected = keras.ops.convert_to_numpy(model(tokens))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_stateful_layer_is_refused():
    inputs = keras.Input(batch_shape=(2, 5, 3), name="x")
    model = keras.Model(inputs, layers.LSTM(4, stateful=True, name="lstm")(inputs), name="model")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        "a recurrent layer with stateful=True keeps its state between calls, a file does not\n"
        "  where:  layer 'lstm' (LSTM) of model 'model' (Functional)\n"
        "  remedy: build it with stateful=False, and make its state an input and an output of the "
        "model: initial_state=... and return_state=True"
    )


def _tokens_or_numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return holes for token ids [batch, length], numbers for states [batch, 4]."""
    return rng.normal(size=shape) if shape[1] == 4 else _holes(rng, shape)
