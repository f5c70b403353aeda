import keras
import numpy as np
import pytest
from keras import layers
from text_models import STRINGS

from mimo_export.errors import ModelFileError, UnsupportedOperationError
from mimo_export.interface import call_by_name, interface_of
from mimo_export.onnx import to_onnx
from mimo_export.preprocessing.border import cut

WORDS = ["a", "b"]


def string_input(name, shape=(1,)):
    return keras.Input(shape, dtype="string", name=name)


def lookup(name, **options):
    return layers.StringLookup(
        **{"vocabulary": WORDS, "output_mode": "one_hot", **options}, name=name
    )


def taken(model):
    return [(spec.name, spec.shape, spec.dtype) for spec in interface_of(model).inputs]


@STRINGS
def test_what_a_layer_gives_stands_in_the_place_of_the_input_that_it_reads():
    number = keras.Input((2,), name="number")
    text, tag = string_input("text", ()), string_input("tag")
    ids = layers.TextVectorization(vocabulary=WORDS, output_sequence_length=4, name="ids")(text)
    x = layers.Flatten()(layers.Embedding(9, 3)(ids))
    x = layers.concatenate([x, lookup("known")(tag), number])
    model = keras.Model([text, number, tag], layers.Dense(1, name="score")(x), name="model")
    border = cut(model)
    assert taken(border.behind) == [
        ("text", (4,), "int64"),
        ("number", (2,), "float32"),
        ("tag", (3,), "float32"),
    ]
    assert [(rule.output.name, rule.sources, rule.kind) for rule in border.rules] == [
        ("text", ("text",), "text"),
        ("tag", ("tag",), "lookup"),
    ]
    arrays = {
        "text": np.array(["a b", "c"], dtype=object),
        "tag": np.array([["b"], ["?"]], dtype=object),
        "number": np.ones((2, 2), "float32"),
    }
    made = border.through_front(arrays)
    behind = call_by_name(border.behind, {"number": arrays["number"], **made})
    np.testing.assert_array_equal(behind["score"], call_by_name(model, arrays)["score"])
    assert {value.name for value in to_onnx(border.behind).graph.inputs} == {*arrays}


@STRINGS
def test_several_readers_of_an_input_are_named_by_their_layers():
    text, number = string_input("text"), keras.Input((1,), dtype="int64", name="number")
    both = layers.HashedCrossing(5, output_mode="one_hot", name="both")((text, number))
    x = layers.concatenate([lookup("one")(text), both, lookup("two")(text)])
    model = keras.Model({"text": text, "number": number}, layers.Dense(1)(x))
    border = cut(model)
    assert taken(border.behind) == [
        ("one", (3,), "float32"),
        ("both", (5,), "float32"),
        ("two", (3,), "float32"),
    ]
    assert [rule.sources for rule in border.rules] == [("text",), ("text", "number"), ("text",)]


@STRINGS
def test_an_input_that_something_else_reads_as_well_stays():
    text, number = string_input("text"), keras.Input((1,), dtype="int64", name="number")
    both = layers.HashedCrossing(5, output_mode="one_hot", name="both")((text, number))
    outputs = [layers.Dense(1)(both), layers.Rescaling(2.0)(number)]
    border = cut(keras.Model([text, number], outputs))
    assert [name for name, _, _ in taken(border.behind)] == ["both", "number"]


@STRINGS
def test_a_sequential_model_is_cut():
    model = keras.Sequential([string_input("text"), lookup("known"), layers.Dense(2, name="out")])
    border = cut(model)
    assert taken(border.behind) == [("text", (3,), "float32")]
    one = call_by_name(border.behind, {"text": np.eye(3, dtype="float32")})
    assert {name: x.shape for name, x in one.items()} == {"out": (3, 2)}


@STRINGS
def test_a_feature_space_is_cut():
    kind = keras.utils.FeatureSpace
    space = kind(
        {
            "word": kind.string_categorical(num_oov_indices=1),
            "user": kind.string_hashed(num_bins=4),
            "age": kind.float_discretized(num_bins=3),
        },
        crosses=[kind.cross(("word", "user"), crossing_dim=4)],
        output_mode="concat",
    )
    import tensorflow as tf

    data = {"word": ["x", "y"] * 4, "user": ["u"] * 8, "age": np.arange(8.0)}
    space.adapt(tf.data.Dataset.from_tensor_slices(data))
    border = cut(keras.Model(space.get_inputs(), layers.Dense(1)(space.get_encoded_features())))
    assert sorted(taken(border.behind)) == [
        ("age", (1,), "float32"),
        ("user", (1,), "int64"),
        ("word", (1,), "int64"),
    ]
    to_onnx(border.behind)


@STRINGS
def test_a_model_without_strings_is_refused():
    with pytest.raises(ModelFileError) as caught:
        cut(keras.Sequential([keras.Input((2,)), layers.Dense(1)], name="plain"))
    assert str(caught.value) == (
        "no layer reads an input of strings of model 'plain', so that nothing can be kept beside "
        "the file\n"
        "  where:  Sequential\n"
        "  remedy: leave `preprocessing` out, on the command line --preprocessing; a subclassed "
        "model can be cut when it is a Functional one: keras.Model(inputs, outputs)"
    )


@STRINGS
def test_another_reader_of_strings_is_refused():
    text = string_input("text")
    shaped = layers.Reshape((1, 1), name="shape")(text)
    with pytest.raises(UnsupportedOperationError) as caught:
        cut(keras.Model(text, lookup("known")(shaped)))
    assert str(caught.value) == (
        "no rule describes what reads the input 'text' of strings\n"
        "  where:  layer 'shape' (Reshape)\n"
        "  remedy: let TextVectorization, StringLookup, Hashing or HashedCrossing read the input "
        "directly"
    )


@STRINGS
def test_a_layer_that_reads_two_inputs_is_refused():
    one, two, shared = string_input("one"), string_input("two"), lookup("shared")
    three = string_input("three")
    outputs = [shared(one), shared(two), shared(three), lookup("more")(one), lookup("most")(two)]
    with pytest.raises(UnsupportedOperationError) as caught:
        cut(keras.Model([one, two, three], outputs, name="model"))
    assert str(caught.value) == (
        "a layer reads several inputs, or an input has the name of a layer that reads it\n"
        "  where:  model 'model'\n"
        "  remedy: make a layer for each input, with the same configuration and its own name"
    )


@STRINGS
@pytest.mark.parametrize(
    ("shape", "make", "what", "remedy"),
    [
        (
            (1,),
            lambda: layers.Hashing(5, output_mode="count", sparse=True, name="it"),
            "gives a tensor that is not dense",
            "sparse=False and ragged=False",
        ),
        (
            (),
            lambda: lookup("it", output_mode="multi_hot"),
            "gives one vector for the whole batch",
            "inputs of shape (1,)",
        ),
        (
            (1,),
            lambda: layers.TextVectorization(vocabulary=WORDS, standardize=lambda x: x, name="it"),
            "has a function of its own",
            "Keras's own standardize and split",
        ),
        (
            (2,),
            lambda: layers.TextVectorization(vocabulary=WORDS, split=None, ngrams=2, name="it"),
            "joins or cuts texts that it does not split",
            "split='whitespace'",
        ),
        (
            (1,),
            lambda: lookup("it", encoding="latin-1"),
            "reads strings as latin-1",
            "encoding='utf-8'",
        ),
        (
            (1,),
            lambda: layers.StringLookup(name="it"),
            "has no vocabulary yet",
            "adapt(data) or set_vocabulary(words)",
        ),
    ],
)
def test_an_option_that_no_rule_describes_is_refused(shape, make, what, remedy):
    layer, text = make(), string_input("text", shape)
    with pytest.raises(UnsupportedOperationError) as caught:
        cut(keras.Model(text, layer(text)))
    assert str(caught.value) == (
        f"the layer {what}, which no rule describes\n"
        f"  where:  layer 'it' ({type(layer).__name__})\n"
        f"  remedy: give it {remedy}"
    )
