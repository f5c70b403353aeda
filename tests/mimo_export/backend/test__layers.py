"""Layers with a form of their own: one Scan for TimeDistributed, a refusal for foreign code."""

import pytest
from harness import check_layer
from keras import Input, Model, layers

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


@pytest.mark.parametrize("length", [5, None])
def test_time_distributed_is_one_scan(length):
    check_layer(
        layers.TimeDistributed(layers.Dense(4)), (length, 3), ops=["Transpose", "Scan", "Transpose"]
    )


def test_call_of_keras_is_put_back():
    before = layers.TimeDistributed.call
    check_layer(layers.TimeDistributed(layers.Dense(4)), (5, 3))
    assert layers.TimeDistributed.call is before


def test_lambda_is_refused_wherever_it_is():
    def twice(x):
        return x * 2

    inputs = Input((5, 3), name="x")
    inner = layers.TimeDistributed(layers.Lambda(twice, name="twice"), name="each")
    with pytest.raises(UnsupportedOperationError, match="a Lambda layer wraps code"):
        to_onnx(Model(inputs, inner(inputs), name="model"))
