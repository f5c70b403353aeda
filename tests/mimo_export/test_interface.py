"""How a model is called by name, and which models cannot be."""

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.errors import InputError, ModelFileError
from mimo_export.interface import call_by_name, interface_of


def test_arguments_are_put_where_the_model_takes_them():
    a, b = keras.Input((1,), name="a"), keras.Input((2,), name="b")
    model = keras.Model({"b": b, "a": a}, layers.Concatenate()([a, b]))
    args, kwargs = interface_of(model).arguments({"a": "A", "b": "B"})
    assert (args, kwargs) == (({"b": "B", "a": "A"},), {})
    assert list(args[0]) == ["b", "a"]


def test_a_model_whose_inputs_keras_did_not_note_is_refused():
    class Two(keras.Model):
        def __init__(self):
            super().__init__(name="two")
            self.dense = layers.Dense(3)

        def call(self, left, right):
            return self.dense(left), right

    model = Two()
    model(np.ones((2, 4), "float32"), np.ones((2, 5), "float32"))
    with pytest.raises(ModelFileError) as raised:
        interface_of(model)
    assert str(raised.value) == (
        "of the inputs ['left', 'right'] of model 'two' Keras has noted 1\n"
        "  where:  Two\n"
        "  remedy: wrap it: keras.Model(inputs, model(*inputs)) with a keras.Input for each"
    )


def test_a_model_that_was_never_built_is_refused():
    class Unknown(keras.Model):
        pass

    with pytest.raises(ModelFileError) as raised:
        interface_of(Unknown(name="unknown"))
    assert str(raised.value) == (
        "the inputs of model 'unknown' are not known: it was never built\n"
        "  where:  Unknown\n"
        "  remedy: call it once on sample data, or model.build(input_shape), before the export"
    )


def test_a_model_that_keras_did_not_build_is_refused_with_the_remedy():
    class Built(keras.Model):
        def __init__(self):
            super().__init__(name="built")
            self.dense = layers.Dense(2)
            self.built = True

        def call(self, x):
            return self.dense(x)

    model = Built()
    model(np.ones((2, 3), "float32"))
    with pytest.raises(ModelFileError) as raised:
        interface_of(model)
    assert str(raised.value) == (
        "the inputs of model 'built' are not known: Keras notes them when it traces a call to "
        "build the model, which it did not or could not\n"
        "  where:  Built\n"
        "  remedy: express decisions with keras.ops (where, cond, while_loop) instead of Python's "
        "if, int() or numpy(); or wrap it: keras.Model(inputs, model(*inputs)) with a keras.Input "
        "for each"
    )


def test_arguments_that_go_by_keyword_alone_are_given_so():
    class Scaled(keras.Model):
        def __init__(self):
            super().__init__(name="scaled")
            self.dense = layers.Dense(2)

        def call(self, *, x):
            return self.dense(x)

    model = Scaled()
    model(x=np.ones((2, 3), "float32"))
    assert interface_of(model).arguments({"x": "X"}) == ((), {"x": "X"})


def test_inputs_without_a_name_have_the_one_that_a_file_keeps(tmp_path):
    first, second = keras.Input((2,)), keras.Input((3,))
    model = keras.Model([first, second], layers.Concatenate()([first, second]))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert interface_of(model).inputs == interface_of(loaded).inputs


def test_something_that_is_no_model_is_refused():
    with pytest.raises(ModelFileError, match="a Keras model was expected, got Dense"):
        interface_of(layers.Dense(1))


def test_wrong_input_names_are_refused():
    x = keras.Input((4,), name="x")
    model = keras.Model(x, layers.Dense(1)(x), name="m")
    with pytest.raises(InputError) as raised:
        call_by_name(model, {"y": np.ones((1, 4), "float32")})
    assert str(raised.value) == (
        "inputs ['y'] were given, ['x'] are wanted\n"
        "  where:  model 'm'\n"
        "  remedy: give every input under its own name"
    )
