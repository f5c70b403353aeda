from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from text_models import LOOKUPS, STRINGS

from mimo_export.contract import Signature
from mimo_export.drawing import Range
from mimo_export.errors import InputError
from mimo_export.interface import interface_of
from mimo_export.onnx import trace
from mimo_export.ranges import limits_of, ranges_of
from mimo_export.row_numbers import row_numbers
from mimo_export.signature import signature_of
from mimo_portable.specs import TensorSpec


def only_range(*stack: Any, shape: tuple[int, ...] = (4,), dtype: str = "float32") -> Range:
    inputs = keras.Input(shape, dtype=dtype, name="x")
    x = inputs
    for layer in stack:
        x = layer(x)
    signature = Signature((TensorSpec("x", shape, dtype),), ())
    model = keras.Model(inputs, x)
    reads = {} if dtype == "string" else row_numbers(trace(interface_of(model)))
    return ranges_of(model, signature, None, reads)["x"]


def test_a_plain_number_is_drawn_from_the_standard_normal() -> None:
    assert only_range(layers.Dense(2)) == Range("normal", 0, 1, "float32")


def test_a_scaled_picture_is_drawn_from_its_pixels() -> None:
    assert only_range(layers.Rescaling(1 / 255)) == Range("uniform", 0, 255, "float32")


def test_a_standardised_number_is_drawn_from_its_own_unit() -> None:
    assert only_range(layers.Rescaling(1 / 25, -120 / 25)) == Range("normal", 120, 25, "float32")


def test_a_number_whose_interval_the_contract_states_is_drawn_from_it() -> None:
    x = keras.Input((4,), name="x")
    ids = keras.Input((2,), dtype="int32", name="ids")
    y = layers.Concatenate()([layers.Rescaling(-1e-4, 0.02)(x), layers.Dense(1)(ids)])
    model = keras.Model([x, ids], y)
    intervals = {"x": [0.0, 255.0], "ids": [0, 9], "other": [0, 1]}
    found = ranges_of(model, signature_of(model), intervals)
    assert found["x"] == Range("uniform", 0.0, 255.0, "float32")
    assert found["ids"] == Range("integer", 0, 10, "int32")
    assert list(found) == ["x", "ids"]
    drawn = found["x"].draw(np.random.default_rng(0), (40, 4))
    assert (drawn.min() >= 0, drawn.max() <= 255) == (True, True)


def test_a_normalised_number_is_drawn_from_the_learnt_statistics() -> None:
    layer = layers.Normalization(mean=[7.0, 7.0, 7.0, 7.0], variance=[4.0, 4.0, 4.0, 4.0])
    assert only_range(layer) == Range("normal", 7, 2, "float32")


def test_ids_are_drawn_from_the_rows_of_the_table_that_reads_them() -> None:
    stack = (layers.Embedding(9, 2), layers.Flatten(), layers.Dense(3))
    assert only_range(*stack, dtype="int32") == Range("token", 0, 9, "int32")


def test_ids_that_no_table_reads_directly_fit_every_table_of_the_model() -> None:
    stack = (layers.Reshape((4,)), layers.Embedding(5, 2), layers.Flatten())
    assert only_range(*stack, dtype="int32") == Range("token", 0, 5, "int32")


def test_wide_integers_of_a_model_without_tables_are_counts() -> None:
    assert only_range(layers.Dense(2), dtype="int64") == Range("integer", 0, 256, "int64")


def test_ids_that_are_computed_from_an_input_fit_every_table_of_the_model() -> None:
    stack = (layers.Rescaling(1, dtype="int32"), layers.Embedding(5, 2), layers.Flatten())
    assert only_range(*stack, dtype="int32") == Range("token", 0, 5, "int32")


@pytest.mark.parametrize(
    ("layer", "count"), [(layers.Embedding(1000, 2), 1000), (layers.CategoryEncoding(16), 16)]
)
def test_ids_in_an_input_of_floats_are_ids(layer: Any, count: int) -> None:
    assert only_range(layer) == Range("token", 0, count, "float32")


@pytest.mark.parametrize(("dtype", "low", "high"), [("uint8", 0, 256), ("int8", -128, 128)])
def test_bytes_take_all_their_values(dtype: str, low: int, high: int) -> None:
    assert only_range(layers.Dense(2), dtype=dtype) == Range("integer", low, high, dtype)


def test_a_column_is_of_the_table_that_reads_it_and_the_others_are_numbers() -> None:
    class Columns(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.towns, self.days = layers.Embedding(1000, 2), layers.Embedding(7, 2)

        def call(self, x: Any) -> Any:
            parts = [self.towns(x[:, 0]), self.days(x[:, 1]), x[:, 2:]]
            return keras.ops.concatenate(parts, axis=-1)

    wanted = Range("normal", 0, 1, "float32", rows=(1000, 7, 0, 0), sizes=(4,))
    assert only_range(Columns()) == wanted


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_the_boundaries_of_bins_are_drawn_and_what_lies_beside_them(dtype: str) -> None:
    found = only_range(layers.Discretization([0.0, 2.5, 10.0]), dtype=dtype)
    drawn = set(found.draw(np.random.default_rng(0), (20, 20)).ravel().tolist())
    if dtype == "int32":
        assert drawn == {-1, 0, 1, 2, 3, 6, 9, 10, 11}
    else:
        assert {0.0, 2.5, 10.0, 1.25, 6.25, -1.0, 11.0} < drawn
        below = {float(np.nextafter(np.float32(edge), np.float32(-9))) for edge in (2.5, 10.0)}
        assert below < drawn


def test_booleans_take_both_values() -> None:
    assert only_range(layers.Dense(2), dtype="bool") == Range("token", 0, 2, "bool")


@LOOKUPS
def test_numbers_that_a_lookup_reads_are_of_its_vocabulary_and_others() -> None:
    options = {"vocabulary": [30, 40], "mask_token": 3}
    known = only_range(layers.IntegerLookup(num_oov_indices=0, **options), dtype="int32")
    assert known == Range("choice", 0, 3, "int32", (30, 40, 3))
    found = only_range(layers.IntegerLookup(**options), dtype="int32")
    assert found.choices == (30, 40, 3, -7, 0, 1_000_003)
    drawn = found.draw(np.random.default_rng(0), (50, 2))
    assert (drawn.dtype, set(drawn.flat)) == (np.int32, set(found.choices))


@LOOKUPS
def test_ids_that_a_lookup_turns_back_reach_beyond_both_ends() -> None:
    layer = layers.IntegerLookup(vocabulary=[30, 40], invert=True)
    assert only_range(layer, dtype="int64") == Range("token", -1, 4, "int64")


@STRINGS
def test_strings_that_a_lookup_reads_are_its_words_and_others() -> None:
    found = only_range(layers.StringLookup(vocabulary=["cat", "dog"]), dtype="string")
    assert found.choices == ("cat", "dog", "", "?", "Ünbekannt", "未知", *found.choices[6:])
    drawn = found.draw(np.random.default_rng(0), (99, 2))
    assert (drawn.dtype, set(drawn.flat)) == (object, set(found.choices))


@STRINGS
def test_texts_are_made_of_the_words_that_a_layer_knows_and_others() -> None:
    layer = layers.TextVectorization(vocabulary=["cat", "dog"])
    found = only_range(layer, shape=(1,), dtype="string")
    assert (found.kind, found.choices[:2]) == ("text", ("cat", "dog"))
    texts = found.draw(np.random.default_rng(0), (99, 1))
    assert (texts.dtype, texts.shape) == (object, (99, 1))
    every = "".join(texts.flat)
    assert "" in texts
    assert all(part in every for part in ("cat", "DOG", "未知", "🙂", ", ", "\t", "\n"))


@STRINGS
def test_strings_that_no_lookup_reads_directly_fit_the_first_one() -> None:
    stack = (layers.Reshape((4,)), layers.StringLookup(vocabulary=["cat", "dog"]))
    assert only_range(*stack, dtype="string").choices[:2] == ("cat", "dog")


def test_text_needs_samples() -> None:
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    with pytest.raises(InputError) as caught:
        ranges_of(model, Signature((TensorSpec("x", (1,), "string"),), ()))
    assert str(caught.value) == (
        "no values can be made up for the input 'x' of type string\n"
        "  where:  while making golden vectors\n"
        "  remedy: give sample inputs (`samples`, on the command line --samples)"
    )


def test_ranges_survive_saving(keras_file: Any) -> None:
    loaded = keras.saving.load_model(keras_file)
    signature = Signature((TensorSpec("ecg", (16, 1)), TensorSpec("words", (12,), "int32")), ())
    assert ranges_of(loaded, signature) == {
        "ecg": Range("normal", 100, 20, "float32"),
        "words": Range("token", 0, 50, "int32"),
    }
    assert limits_of(loaded, signature) == {"words": 50}


def test_an_input_without_a_name_of_its_own_is_known_to_its_reader():
    x = keras.Input((3,), dtype="int32")
    model = keras.Model(x, layers.Embedding(7, 2)(x))
    signature = signature_of(model)
    (name,) = (spec.name for spec in signature.inputs)
    assert ranges_of(model, signature) == {name: Range("token", 0, 7, "int32")}


@STRINGS
def test_a_hashed_string_is_any_string() -> None:
    drawn = only_range(layers.Hashing(9), dtype="string")
    assert (drawn.kind, drawn.dtype) == ("choice", "string")
    assert len(set(drawn.choices)) == len(drawn.choices) > 5


def test_a_table_that_two_inputs_share_is_read_by_both() -> None:
    table = layers.Embedding(7, 2)
    inputs = [keras.Input((3,), dtype="int32", name=name) for name in ("a", "b")]
    model = keras.Model(inputs, [table(x) for x in inputs])
    specs = tuple(TensorSpec(x.name, (3,), "int32") for x in inputs)
    assert limits_of(model, Signature(specs, ())) == {"a": 7, "b": 7}
