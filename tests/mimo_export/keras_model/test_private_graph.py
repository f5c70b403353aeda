"""A model's graph is read as Keras noted it."""

import keras
import numpy as np

from mimo_export.keras_model import private_graph


def functional():
    a = keras.Input((3,), name="a")
    b = keras.Input((3,), name="b")
    total = keras.layers.Add(name="total")([a, b])
    return keras.Model([a, b], keras.layers.Dense(2, name="head")(total), name="two")


def test_the_structures_are_those_that_the_model_was_made_with():
    model = functional()
    a, b = private_graph.input_structure(model)
    assert [private_graph.input_name(x) for x in (a, b)] == ["a", "b"]
    output = private_graph.output_structure(model)
    assert private_graph.making_layer(output).name == "head"


def test_a_sequential_model_has_structures_once_it_is_built():
    model = keras.Sequential([keras.layers.Dense(2, name="only")])
    assert private_graph.input_structure(model) is None
    assert private_graph.output_structure(model) is None
    model.build((None, 3))
    assert private_graph.input_structure(model).shape == (None, 3)
    (output,) = private_graph.output_structure(model)
    assert private_graph.making_layer(output).name == "only"


def test_the_readers_of_an_input_are_the_calls_inside_this_model():
    model = functional()
    a, _ = private_graph.input_structure(model)
    keras.layers.Dense(2, name="elsewhere")(a)
    assert [node.operation.name for node in private_graph.readers_of(model, a)] == ["total"]


def test_a_graph_is_called_from_the_middle_on():
    model = functional()
    total = model.get_layer("total").output
    values = np.ones((1, 3), "float32")
    result = private_graph.called_from([total], model.output, [keras.ops.convert_to_tensor(values)])
    wanted = model.get_layer("head")(values)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(result), keras.ops.convert_to_numpy(wanted), rtol=1e-6
    )


def test_a_subclassed_model_has_the_shapes_that_it_was_built_with():
    class Twice(keras.Model):
        def call(self, x):
            return 2 * x

    model = Twice()
    assert private_graph.built_shapes(model) is None
    model(np.ones((1, 3), "float32"))
    assert list(private_graph.built_shapes(model).values()) == [(1, 3)]
