import keras
import numpy as np
from keras import layers
from text_models import STRINGS

from mimo_export.drawing import Range
from mimo_export.preprocessing.border import cut
from mimo_export.preprocessing.examples import HOSTILE, with_examples

RANGES = {"x": Range("choice", 0, 1, "string", ("a", "b"))}


def border_of(unknown, shape=(2,)):
    x = keras.Input(shape, dtype="string", name="x")
    layer = layers.StringLookup(vocabulary=["a", "b"], num_oov_indices=unknown, name="lookup")
    return cut(keras.Model(x, layers.Rescaling(2.0)(layer(x))))


@STRINGS
def test_examples_are_drawn_and_hostile_with_the_answers_of_keras():
    drawn, hostile = with_examples(border_of(1), RANGES, 0).examples
    assert {word for row in drawn.inputs["x"] for word in row} == {"a", "b"}
    assert drawn.outputs["x"] == [[{"a": 1, "b": 2}[w] for w in row] for row in drawn.inputs["x"]]
    assert [word for row in hostile.inputs["x"] for word in row] == [*HOSTILE, *HOSTILE]
    assert np.max(hostile.outputs["x"]) == 0


@STRINGS
def test_a_lookup_without_a_place_for_unknown_strings_gets_none():
    for example in with_examples(border_of(0), RANGES, 0).examples:
        assert {word for row in example.inputs["x"] for word in row} == {"a", "b"}


@STRINGS
def test_a_free_dimension_has_some_size():
    drawn, _ = with_examples(border_of(1, (None,)), RANGES, 0).examples
    assert np.shape(drawn.inputs["x"]) == np.shape(drawn.outputs["x"]) == (16, 5)
