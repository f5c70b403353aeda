"""How a model is called by name, and which models cannot be."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from keras import layers

from mimo_export.errors import InputError, ModelFileError, UnsupportedOperationError
from mimo_export.interface import call_by_name, interface_of
from mimo_export.onnx import to_onnx

STATE_THEM = (
    "state them: inputs=[keras.Input(shape, dtype=..., name=...), ...], on the command line "
    "--input 'name:dtype[shape]'"
)


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
        f"  remedy: {STATE_THEM}"
    )


def test_a_model_that_was_never_built_is_refused():
    class Unknown(keras.Model):
        pass

    with pytest.raises(ModelFileError) as raised:
        interface_of(Unknown(name="unknown"))
    assert str(raised.value) == (
        "the inputs of model 'unknown' are not known: it was never built\n"
        "  where:  Unknown\n"
        "  remedy: call it once on sample data, or model.build(input_shape), before the export; or "
        f"{STATE_THEM}"
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
        f"if, int() or numpy(); or {STATE_THEM}"
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


class Scaled(layers.Layer):
    """Trains by default, as layers of some libraries do."""

    def call(self, x, training=True):
        return x * 2 if training else x * 3


class Around(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Scaled()

    def call(self, x):
        return self.inner(x)


class KnowsNothingOfTraining(keras.Model):
    def __init__(self):
        super().__init__(name="plain")
        self.around = Around()

    def call(self, x):
        return self.around(x)


@pytest.mark.parametrize("functional", [True, False])
def test_layers_inside_are_told_that_nothing_trains_also_by_a_call_without_training(functional):
    model = KnowsNothingOfTraining()
    model(np.ones((1, 2), "float32"))
    if functional:
        inputs = keras.Input((2,), name="x")
        model = keras.Model(inputs, Around()(inputs), name="plain")
    (spec,) = interface_of(model).inputs
    arrays = {spec.name: np.ones((1, 2), "float32")}
    (kept,) = call_by_name(model, arrays).values()
    proto = ir.serde.serialize_model(to_onnx(model)).SerializeToString()
    (found,) = onnxruntime.InferenceSession(proto).run(None, arrays)
    assert kept.tolist() == found.tolist() == [[3.0, 3.0]]


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


@pytest.mark.parametrize("value", ["done", object, {1, 2}], ids=["str", "type", "set"])
def test_an_output_that_is_no_tensor_is_refused(value):
    class Talking(keras.Model):
        def call(self, x):
            return {"y": x * 2, "state": value}

    model = Talking(name="talking")
    model.build((None, 3))
    with pytest.raises(UnsupportedOperationError) as raised:
        to_onnx(model)
    assert str(raised.value) == (
        f"the output 'state' is no tensor: the model returns {value!r} ({type(value).__name__})\n"
        "  where:  model 'talking' (Talking)\n"
        "  remedy: return tensors and numbers only; what is always the same belongs beside the "
        "model"
    )


def test_numbers_are_constant_outputs_and_none_is_no_output():
    class Scaled(keras.Model):
        def call(self, x):
            return {"y": x * 2, "scale": 2, "rate": 0.5, "on": True, "none": None, "a": np.ones(2)}

    model = Scaled(name="scaled")
    model.build((None, 3))
    proto = ir.serde.serialize_model(to_onnx(model)).SerializeToString()
    session = onnxruntime.InferenceSession(proto)
    names = [value.name for value in session.get_outputs()]
    assert names == ["y", "scale", "rate", "on", "a"]
    got = session.run(names, {session.get_inputs()[0].name: np.ones((2, 3), "float32")})
    assert [x.tolist() for x in got[1:]] == [2, 0.5, True, [1.0, 1.0]]


def test_inputs_of_one_key_in_different_branches_are_named_by_their_paths():
    class Branches(keras.Model):
        def call(self, x):
            return {"y": x["p"]["k"] + x["q"]["k"] * x["q"]["m"][0] - x["q"]["m"][1]}

    model = Branches(name="branches")
    row = np.ones((2, 3), "float32")
    model({"p": {"k": row}, "q": {"k": row * 2, "m": [row * 3, row * 4]}})
    names = ["p/k", "q/k", "m_0", "m_1"]
    assert [spec.name for spec in interface_of(model).inputs] == names
    arrays = {name: row * i for i, name in enumerate(names, start=1)}
    np.testing.assert_array_equal(call_by_name(model, arrays)["y"], row * (1 + 2 * 3 - 4))
    assert [value.name for value in to_onnx(model).graph.inputs] == names
