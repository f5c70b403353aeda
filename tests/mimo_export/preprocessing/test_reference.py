import dataclasses

import keras
import numpy as np
import pytest
from keras import layers
from text_models import STRINGS

from mimo_export.drawing import Range
from mimo_export.errors import BundleError, InputError
from mimo_export.preprocessing.border import cut
from mimo_export.preprocessing.examples import with_examples
from mimo_export.preprocessing.reference import apply, example_problems, prepared
from mimo_export.preprocessing.rules import (
    Bucket,
    Encoding,
    Example,
    Lookup,
    Preprocessing,
    Rule,
    Text,
)
from mimo_portable.specs import TensorSpec

WORDS = ["red", "green", "ünder", "🙂", "a", "-", "red green"]
CHARACTERS = list("abcdeÜü 🙂\u0301")


TEXT, LOOKUP, HASH = "TextVectorization", "StringLookup", "Hashing"
IDF = [0.1 * i for i in range(len(WORDS))]
CASES = [
    *(
        ((1,), TEXT, {"standardize": standardize, "split": split})
        for standardize in (None, "lower", "strip_punctuation", "lower_and_strip_punctuation")
        for split in ("whitespace", None)
    ),
    ((), TEXT, {"output_sequence_length": 4}),
    ((), TEXT, {"ngrams": 3}),
    ((1,), TEXT, {"ngrams": (2,), "output_sequence_length": 3}),
    ((), TEXT, {"output_mode": "multi_hot"}),
    ((), TEXT, {"output_mode": "count", "ngrams": 2}),
    ((3,), TEXT, {"output_mode": "count", "split": None}),
    ((1,), TEXT, {"output_mode": "multi_hot", "pad_to_max_tokens": True, "max_tokens": 12}),
    ((), TEXT, {"output_mode": "tf_idf", "idf_weights": IDF}),
    *(
        (shape, TEXT, {"split": "character", "vocabulary": CHARACTERS, **options})
        for shape, options in (
            ((), {}),
            ((1,), {"output_sequence_length": 5}),
            ((), {"output_mode": "count", "ngrams": 2}),
        )
    ),
    *((shape, LOOKUP, {"num_oov_indices": 3}) for shape in ((), (1,), (3,), (2, 3))),
    ((2,), LOOKUP, {"num_oov_indices": 4, "oov_method": "farmhash", "salt": 7}),
    ((2,), LOOKUP, {"num_oov_indices": 4, "oov_method": "farmhash", "salt": [1, 2**60]}),
    ((2,), LOOKUP, {"num_oov_indices": 2, "mask_token": "no"}),
    ((2,), LOOKUP, {"num_oov_indices": 0}),
    ((2,), LOOKUP, {}),
    *(
        ((3,), LOOKUP, {"num_oov_indices": 2, "mask_token": "no", "output_mode": mode})
        for mode in ("multi_hot", "count")
    ),
    *(
        (shape, LOOKUP, {"num_oov_indices": 2, "output_mode": "one_hot"})
        for shape in ((), (1,), (3,))
    ),
    *(
        (shape, HASH, {"num_bins": 5, "output_mode": mode, **options})
        for shape in ((1,), (3,))
        for mode in ("int", "one_hot", "multi_hot", "count")
        for options in ({}, {"salt": [3, 2**63 - 1], "mask_value": ""})
    ),
    ((), HASH, {"num_bins": 1000, "salt": 9}),
    ((2, 2), HASH, {"num_bins": 1000, "mask_value": " "}),
    ((3,), HASH, {"num_bins": 1, "mask_value": ""}),
]


def document_of(*columns, layer):
    """Return the rules and examples of a layer on one or several inputs."""
    inputs = [
        keras.Input(shape, dtype=dtype, name=f"x{i}") for i, (shape, dtype) in enumerate(columns)
    ]
    output = layer(inputs[0] if len(inputs) == 1 else tuple(inputs))
    ranges = {
        f"x{i}": Range("text", 0, 9, dtype, (*WORDS, "no", "Ü"))
        if dtype == "string"
        else Range("token", -9, 9, dtype)
        for i, (_, dtype) in enumerate(columns)
    }
    if isinstance(layer, layers.StringLookup):
        known = WORDS if layer.num_oov_indices == 0 else (*WORDS, "", "no")
        ranges = {"x0": Range("choice", 0, 1, "string", known)}
    return with_examples(cut(keras.Model(inputs, keras.ops.cast(output, "float32"))), ranges, 0)


def check(document):
    assert example_problems(document) == ()
    assert sum(np.size(x) for e in document.examples for x in e.outputs.values()) > 0
    assert Preprocessing.from_dict(document.to_dict()) == document


@STRINGS
@pytest.mark.parametrize(("shape", "kind", "options"), CASES)
def test_a_rule_gives_what_its_layer_gives(shape, kind, options):
    words = {} if kind == HASH else {"vocabulary": WORDS}
    layer = getattr(layers, kind)(**{**words, **options})
    check(document_of((shape, "string"), layer=layer))


@STRINGS
@pytest.mark.parametrize("mode", ["int", "one_hot"])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_rule_gives_what_a_crossing_of_strings_and_integers_gives(shape, mode):
    layer = layers.HashedCrossing(7, output_mode=mode)
    check(document_of((shape, "string"), (shape, "int64"), layer=layer))
    check(document_of((shape, "string"), (shape, "string"), layer=layer))


# === By hand, without Keras ===

X = TensorSpec("x", (), "string")
IDS = TensorSpec("ids", (None,), "int64")
NUMBERS = Encoding("int", 5)
TABLE = Lookup(("b", "c"), first=2, unknown=1, bucket=None, mask="", mask_id=0)
SPLIT = Text(lower=True, strip="!", split="whitespace", ngrams=None, length=None)
RULE = Rule(IDS, ("x",), "ids", "text", NUMBERS, text=SPLIT, lookup=TABLE)


def test_texts_without_a_piece_are_vectors_of_nothing():
    counted = dataclasses.replace(RULE, encoding=Encoding("count", 4))
    for texts in (["", "!"], [""]):
        got = apply(counted, {"x": np.array(texts)})
        np.testing.assert_array_equal(got, np.zeros((len(texts), 4)))


def test_text_is_lowered_stripped_split_and_looked_up():
    texts = np.array(["B! c\tÀ", "", "\u00a0C"])
    got = apply(RULE, {"x": texts})
    np.testing.assert_array_equal(got, np.array([[2, 3, 1], [0, 0, 0], [1, 0, 0]]), strict=True)


def test_what_rules_make_stands_beside_what_they_are_made_of():
    document = Preprocessing((X,), (RULE,))
    arrays = {"x": np.array(["b"]), "y": np.ones((1, 1))}
    found = prepared(document, arrays)
    assert list(found) == ["x", "y", "ids"]
    assert found["ids"].tolist() == [[2]]


def test_an_example_that_is_not_met_is_told():
    good, bad = (Example({"x": ["b"]}, {"ids": [[number]]}) for number in (2, 3))
    document = Preprocessing((X,), (RULE,), (good, bad))
    assert example_problems(document) == (
        "the rule of 'ids' does not give what Keras gave on example 1",
    )


def test_an_example_that_cannot_be_followed_is_told():
    examples = (Example({"x": ["b"]}, {}), Example({"y": ["b"]}, {"ids": [[2]]}))
    assert example_problems(Preprocessing((X,), (RULE,), examples)) == (
        "example 0 cannot be followed: 'ids'",
        "example 1 cannot be followed: 'y'",
    )


def test_an_unknown_string_is_refused_where_there_is_no_place_for_it():
    table = Lookup(("b",), first=1, unknown=None, bucket=None, mask=None, mask_id=0)
    rule = Rule(IDS, ("x",), "ids", "lookup", NUMBERS, lookup=table)
    with pytest.raises(InputError) as caught:
        apply(rule, {"x": np.array(["b", "ü"])})
    assert str(caught.value) == (
        "'ü' is not in the vocabulary, which has no place for unknown strings\n"
        "  where:  input 'x'\n"
        "  remedy: give words of the vocabulary in preprocessing.json"
    )


def test_half_a_character_is_refused():
    rule = Rule(IDS, ("x",), "ids", "hash", NUMBERS, bucket=Bucket(5))
    with pytest.raises(InputError) as caught:
        apply(rule, {"x": np.array(["\ud800"], dtype=object)})
    assert str(caught.value) == (
        "'\\ud800' is no text: half of a character that needs two is missing\n"
        "  where:  input 'x'\n"
        "  remedy: decode the data with the right encoding"
    )


def test_a_rule_without_a_part_that_it_needs_is_refused():
    with pytest.raises(BundleError) as caught:
        apply(Rule(IDS, ("x",), "ids", "hash", NUMBERS), {"x": np.array(["a"])})
    assert str(caught.value) == (
        "a rule lacks a part that its kind has\n"
        "  where:  preprocessing.json\n"
        "  remedy: export the model again with `mimo-portable export --preprocessing beside`"
    )
