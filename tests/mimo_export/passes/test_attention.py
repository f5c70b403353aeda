"""Masked scores are limited where queries, keys and values come from one tensor."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from harness import check_layer, check_model
from keras import layers, ops

from mimo_export.onnx import to_onnx
from mimo_export.passes.attention import AttentionPass


def padded(rng, shape):
    rows = rng.normal(size=shape).astype("float32")
    rows[:, -2:] = 0
    rows[-1] = 0
    return rows


def attending(dropout, causal=False):
    x = keras.Input((6, 8), name="x")
    masked = layers.Masking(name="masking")(x)
    attention = layers.MultiHeadAttention(2, 4, dropout=dropout, name="attention")
    return keras.Model(x, attention(masked, masked, use_causal_mask=causal))


def kinds(model):
    return [node.op_type for node in model.graph]


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_scores_of_one_tensor_with_itself_are_limited(dropout, causal):
    model = check_model(attending(dropout, causal), values=padded)
    _masking, bounds = [node for node in model.graph if node.op_type == "Where"]
    assert bounds.outputs[0].shape[1] == 1  # once for all heads
    assert kinds(model).count("Min") == 1
    assert not AttentionPass()(model).modified


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_a_number_that_is_none_is_lost_and_spread_as_keras_does(dropout, value):
    model = attending(dropout, causal=True)
    session = onnxruntime.InferenceSession(
        ir.serde.serialize_model(to_onnx(model)).SerializeToString()
    )
    rows = np.random.default_rng(0).normal(size=(3, 6, 8)).astype("float32")
    rows[1, 4, 2] = value
    rows[1, -1] = rows[2] = 0
    (found,) = session.run(None, {"x": rows})
    want = keras.ops.convert_to_numpy(model(rows))
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(want))
    np.testing.assert_allclose(found[[0, 2]], want[[0, 2]], atol=1e-5)


def test_keys_of_another_tensor_may_hide_what_is_none():
    def network(x, y, mask):
        attention = layers.MultiHeadAttention(2, 4, dropout=0.1, name="attention")
        return attention(x, x, key=y, attention_mask=mask)

    dtypes = ("float32", "float32", "bool")
    model = check_layer(network, (6, 8), (6, 8), (6, 6), dtype=dtypes)
    assert "Min" not in kinds(model)


def test_scores_that_are_read_elsewhere_or_masked_a_little_are_left():
    def network(x, mask, low=-1e30, returned=False):
        products = [layers.Dense(8, use_bias=False, name=f"p{i}")(x) for i in range(3)]
        scores = ops.matmul(products[0], ops.swapaxes(products[1], 1, 2))
        weights = ops.softmax(ops.where(mask, scores, low))
        mixed = ops.matmul(weights, products[2])
        return [mixed, weights] if returned else mixed

    def found(**options):
        dtypes = ("float32", "bool")
        model = check_layer(
            lambda x, mask: network(x, mask, **options), (6, 8), (6, 6), dtype=dtypes
        )
        return "Min" in kinds(model)

    assert found()
    assert not found(low=-1.0)
    assert not found(returned=True)
