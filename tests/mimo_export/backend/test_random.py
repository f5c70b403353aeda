"""Random numbers are refused, except where a layer of Keras draws them and leaves them aside."""

import keras
import pytest
from harness import check_layer
from keras import layers

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx

DRAWS = {
    "normal": lambda x: keras.random.normal((3,)),
    "uniform": lambda x: keras.random.uniform((3,)),
    "truncated_normal": lambda x: keras.random.truncated_normal((3,)),
    "gamma": lambda x: keras.random.gamma((3,), 1.0),
    "beta": lambda x: keras.random.beta((3,), 1.0, 1.0),
    "randint": lambda x: keras.ops.cast(keras.random.randint((3,), 0, 4), "float32"),
    "binomial": lambda x: keras.random.binomial((3,), 4.0, 0.5),
    "categorical": lambda x: keras.random.categorical(x, 3),
    "shuffle": keras.random.shuffle,
    "dropout": lambda x: keras.random.dropout(x, 0.5),
}


@pytest.mark.parametrize("name", DRAWS)
def test_drawing_in_a_custom_layer_is_refused(name):
    class Noisy(layers.Layer):
        def call(self, x):
            return DRAWS[name](x)

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    inputs = keras.Input((3,), name="x")
    model = keras.Model(inputs, Noisy(name="noisy")(inputs), name="model")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        f"keras.random.{name} draws numbers, and a file gives one answer to one input\n"
        "  where:  layer 'noisy' (Noisy) of model 'model' (Functional)\n"
        "  remedy: make the random numbers an input of the model, or draw them in training alone: "
        "`if training:`"
    )


def test_layer_that_draws_at_inference_and_uses_nothing_of_it():
    check_layer(layers.RandomGrayscale(), (4, 4, 3), ops=["Identity"])
    check_layer(layers.LSTM(3, dropout=0.5, recurrent_dropout=0.5), (4, 2))
