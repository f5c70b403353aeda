"""Lookup layers: one LabelEncoder, every option, and a refusal for what has no exact form."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from harness import check_layer
from keras import Input, Model, layers, ops
from text_models import LOOKUPS, STRINGS, check_exactly

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx
from mimo_export.preprocessing.rules import KEEP_BESIDE

pytestmark = LOOKUPS

WORDS = ["a", "b", "é", "日本", "two words", "[x]"]
TEXTS = [["a", "unknown", "é"], ["", "b", "b"], ["É", "e\u0301", "日本"], ["two words", "?", "A"]]
EVERY_TEXT = ["?", "A", "a", "b", "e\u0301", "two words", "unknown", "É", "é", "日本"]
IDF = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
NUMBERS = [5, -6, 2**40, 7]


def refusal(layer, shape=(3,), dtype="int32"):
    inputs = Input(shape, dtype=dtype, name="x")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(Model(inputs, layer(inputs), name="model"))
    return str(caught.value)


@STRINGS
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mask_token": ""},
        {"mask_token": "", "num_oov_indices": 0, "vocabulary": EVERY_TEXT},
        {"output_mode": "one_hot"},
        {"output_mode": "one_hot", "mask_token": ""},
        {"output_mode": "multi_hot", "mask_token": ""},
        {"output_mode": "count"},
        {"output_mode": "count", "mask_token": "", "pad_to_max_tokens": True, "max_tokens": 9},
        {"output_mode": "tf_idf", "idf_weights": IDF},
        {
            "output_mode": "tf_idf",
            "idf_weights": IDF,
            "pad_to_max_tokens": True,
            "max_tokens": 12,
        },
    ],
    ids=str,
)
def test_string_lookup(options):
    layer = layers.StringLookup(**{"vocabulary": WORDS, **options})
    check_exactly(layer, TEXTS, TEXTS[:1])
    check_exactly(layer, np.array(TEXTS)[:, :1])


@STRINGS
def test_string_lookup_of_ids_is_one_label_encoder():
    exported = check_exactly(layers.StringLookup(vocabulary=WORDS), TEXTS)
    assert [node.op_type for node in exported.graph] == ["LabelEncoder"]
    assert exported.graph.opset_imports == {"": 17, "ai.onnx.ml": 3}


@STRINGS
@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_string_lookup_of_several_axes_encodes_along_the_second(mode):
    layer = layers.StringLookup(vocabulary=WORDS, output_mode=mode)
    check_exactly(layer, [TEXTS, TEXTS[::-1]])


@STRINGS
def test_string_lookup_with_a_learnt_vocabulary():
    layer = layers.StringLookup(output_mode="tf_idf")
    layer.adapt(np.array(TEXTS))
    check_exactly(layer, TEXTS)


@STRINGS
@pytest.mark.parametrize("mask", [None, ""])
def test_inverted_string_lookup_gives_words(mask):
    options = {"mask_token": mask, "oov_token": "?", "invert": True}
    layer = layers.StringLookup(vocabulary=WORDS, **options)
    check_exactly(layer, [[0, 1, 2, 7, 8, -1, 2**40]], dtype="int64")
    check_exactly(layer, [[0, 1, 2, 7, 8, -1]], dtype="int32")


@STRINGS
def test_strings_in_several_places_for_unknown_ones_are_refused():
    layer = layers.StringLookup(vocabulary=WORDS, num_oov_indices=2, name="look_up")
    assert refusal(layer, dtype="string") == (
        "Keras hashes the bytes of a string, which no ONNX operator can read\n"
        "  where:  layer 'look_up' (StringLookup) of model 'model' (Functional)\n"
        "  remedy: give the layer integers, or look strings up: "
        f"StringLookup(vocabulary=..., num_oov_indices=1); {KEEP_BESIDE}"
    )


@STRINGS
def test_another_encoding_is_refused():
    layer = layers.StringLookup(vocabulary=WORDS, encoding="latin-1", name="look_up")
    assert refusal(layer, dtype="string") == (
        "strings in ONNX are UTF-8, and the layer reads latin-1\n"
        "  where:  layer 'look_up' (StringLookup) of model 'model' (Functional)\n"
        "  remedy: make the layer with encoding='utf-8'"
    )


@STRINGS
def test_sparse_encodings_are_refused():
    layer = layers.IntegerLookup(
        vocabulary=NUMBERS, output_mode="count", sparse=True, name="look_up"
    )
    assert refusal(layer) == (
        "a sparse tensor has no ONNX form\n"
        "  where:  layer 'look_up' (IntegerLookup) of model 'model' (Functional)\n"
        "  remedy: make the layer with sparse=False"
    )


def numbers(rng, shape):
    return rng.choice([5, -6, 7, 8, 0, -1, -9], shape)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mask_token": 0},
        {"num_oov_indices": 3},
        {"num_oov_indices": 3, "mask_token": -1, "output_mode": "count"},
        {"num_oov_indices": 2, "oov_method": "farmhash"},
        {"num_oov_indices": 4, "oov_method": "farmhash", "salt": [3, 4]},
        {"output_mode": "one_hot"},
        {"output_mode": "multi_hot", "mask_token": 0},
        {"output_mode": "tf_idf", "idf_weights": [0.1, 0.2, 0.3, 0.4]},
        {"invert": True, "mask_token": 0},
        {"vocabulary": [5, -6, 7, 8, 0, -1, -9], "num_oov_indices": 0},
    ],
    ids=str,
)
def test_integer_lookup(options):
    layer = layers.IntegerLookup(**{"vocabulary": NUMBERS, **options})
    # JAX has no int64: what comes out is compared as float32, which holds it exactly.
    check_layer(
        lambda x: ops.cast(ops.clip(layer(x), -9, 99), "float32"),
        (3,),
        dtype="int32",
        values=numbers,
    )


@STRINGS
def test_integer_lookup_knows_64_bits():
    layer = layers.IntegerLookup(vocabulary=NUMBERS, num_oov_indices=3)
    extremes = [[2**40, 2**40 + 1, -(2**63)], [2**63 - 1, -6, 5]]
    check_exactly(layer, extremes, dtype="int64")


def test_an_unknown_number_is_an_error_where_there_is_no_place_for_it():
    inputs = Input((2,), dtype="int32", name="x")
    layer = layers.IntegerLookup(vocabulary=NUMBERS, num_oov_indices=0)
    proto = ir.serde.serialize_model(to_onnx(Model(inputs, layer(inputs))))
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    assert session.run(None, {"x": np.array([[5, 7]], "int32")})[0].tolist() == [[0, 3]]
    with pytest.raises(Exception, match="indices element out of data bounds"):
        session.run(None, {"x": np.array([[5, 1]], "int32")})


def test_a_layer_without_a_vocabulary_is_refused():
    assert refusal(layers.IntegerLookup(name="look_up")) == (
        "the layer has no vocabulary yet\n"
        "  where:  layer 'look_up' (IntegerLookup) of model 'model' (Functional)\n"
        "  remedy: call its adapt(data) or set_vocabulary(words) before the export"
    )


def test_ids_feed_a_table_of_vectors():
    look_up = layers.IntegerLookup(vocabulary=NUMBERS)
    check_layer(
        keras.Sequential([look_up, layers.Embedding(5, 3), layers.Flatten()]),
        (3,),
        dtype="int32",
        values=numbers,
        ops=["Cast", "LabelEncoder", "Gather", "Reshape"],
    )
