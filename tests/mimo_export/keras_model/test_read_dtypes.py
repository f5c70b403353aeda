"""An input of integers is found by what reads it, or its dtype is asked for."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from mimo_export.errors import ModelFileError
from mimo_export.interface import interface_of
from mimo_export.onnx import to_onnx


def model_of(function, *parts):
    """Return a subclassed model of one argument that was called on integers."""

    class Reading(keras.Model):
        def __init__(self):
            super().__init__(name="reading")
            self.parts = list(parts)

        def call(self, tokens):
            return function(tokens, *self.parts)

    model = Reading()
    model(np.array([[1, 2, 3], [0, 1, 2]], "int32"))
    return model


def read(function, *parts):
    """Return the name and dtype of the input of such a model."""
    (spec,) = interface_of(model_of(function, *parts)).inputs
    return spec.name, spec.dtype


TABLE = np.ones((9, 2), "float32")
READERS = {
    "an Embedding": (lambda x, table: table(x), layers.Embedding(9, 2)),
    "its mask too": (lambda x, table: table(x), layers.Embedding(9, 2, mask_zero=True)),
    "take": (lambda x: ops.take(TABLE, x, axis=0),),
    "each step": (
        lambda x, layer: layer(x[..., None]),
        layers.TimeDistributed(layers.Embedding(9, 2)),
    ),
    "a cast": (lambda x: ops.cast(x, "int32") * 2,),
    "with an offset": (
        lambda x, table: table(ops.add(x, np.array([0, 3, 5], "int32"))),
        layers.Embedding(9, 2),
    ),
    "a part of it, reshaped": (
        lambda x, table: table(ops.reshape(x[:, 1:], (-1,))),
        layers.Embedding(9, 2),
    ),
    "where it is compared": (
        lambda x, table: ops.where((x > 0)[..., None], table(x), 0.0),
        layers.Embedding(9, 2),
    ),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_what_is_read_as_integers_is_of_integers(reader):
    assert read(*reader) == ("tokens", "int32")


def test_the_widest_integers_count():
    category = layers.CategoryEncoding(5, output_mode="multi_hot")
    assert read(lambda x, layer: layer(x), category) == ("tokens", "int64")
    assert read(lambda x: ops.one_hot(x, 5)) == ("tokens", "int64")
    assert read(lambda x: ops.add(ops.cast(x, "int32"), ops.cast(x, "int64"))) == (
        "tokens",
        "int64",
    )
    assert read(lambda x: ops.cast(x, "uint8") + 1) == ("tokens", "int32")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.matmul(ops.cast(x, "float32"), TABLE[:3]),
        lambda x: ops.multiply(x, 0.5),
        lambda x: x > 1,
    ],
    ids=["a product", "a scale", "a comparison"],
)
def test_what_nothing_reads_as_integers_is_of_floats(function):
    assert read(function) == ("tokens", "float32")


def test_ids_beyond_what_a_float_can_hold_reach_the_table():
    model = model_of(lambda x, table: table(x % 9), layers.Embedding(9, 2))
    (value,) = to_onnx(model).graph.inputs
    assert value.dtype.name == "INT32"


def test_what_is_read_as_both_has_to_be_stated():
    def both(x, table, dense):
        return table(x[:, 0]) + dense(x[:, 1:])

    with pytest.raises(ModelFileError) as raised:
        interface_of(model_of(both, layers.Embedding(9, 2), layers.Dense(2, name="dense")))
    assert raised.value.what == (
        "the dtype of the input 'tokens' is not known: Keras has noted its shape alone; "
        "'embedding/Cast' reads integers, 'dense/MatMul' computes with it"
    )
    assert raised.value.where == "model 'reading' (Reading)"
    assert raised.value.remedy == (
        'state it: inputs=[keras.Input((3,), dtype="int32", name="tokens"), ...], on the command '
        "line --input 'tokens:int32[3]'; or float32, if that is what it is"
    )
