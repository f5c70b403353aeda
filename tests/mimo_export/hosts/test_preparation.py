from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import preparation_rules
import pytest

from mimo_export.errors import InputError
from mimo_export.hosts.preparation import read_preparation
from mimo_export.manifest import open_bundle
from mimo_export.preprocessing.rules import Preprocessing, write_preprocessing


def test_a_bundle_without_rules_has_none(exported: Path) -> None:
    assert read_preparation(open_bundle(exported)) is None


def test_the_document_is_the_bundles_with_every_integer_exact(
    exported: Path, tmp_path: Path
) -> None:
    """A program that reads numbers as doubles reads this one's rules."""
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a", "\U0001f642"])
    found = read_preparation(open_bundle(bundle))
    assert found is not None
    document = json.loads(found.text)
    keyed = next(rule for rule in document["rules"] if rule["layer"] == "keyed")
    assert keyed["bucket"] == {"count": 10**9, "key": [3, "9223372036854775807"]}
    assert all(isinstance(code, str) for code in document["examples"][0]["inputs"]["code"])
    assert (found.bytes, found.sha256) == (
        len(found.text),
        hashlib.sha256(found.text.encode()).hexdigest(),
    )
    assert [spec.name for spec in found.inputs] == ["ecg", "comment", "tags", "code"]


def test_a_row_of_the_first_example_is_a_sample(exported: Path, tmp_path: Path) -> None:
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a", "b"])
    found = read_preparation(open_bundle(bundle))
    assert found is not None
    assert found.samples == {"comment": ("a",), "tags": ("a", "b"), "code": ()}


def test_rules_and_examples_are_there_as_tables(exported: Path, tmp_path: Path) -> None:
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a b", "🙂", ""])
    found = read_preparation(open_bundle(bundle))
    assert found is not None
    assert found.rules == preparation_rules.RULES
    assert found.sources == {"comment", "tags", "code"}
    (example,) = found.examples
    assert (example.inputs["tags"].shape, example.inputs["tags"].row) == ((3, 2), 2)
    assert example.inputs["tags"].elements == ("a b", "", "🙂", "a b", "", "🙂")
    assert (example.inputs["comment"].shape, example.inputs["comment"].row) == ((3,), 1)
    whole = example.outputs["whole"]
    assert (whole.shape, len(whole.elements)) == ((3, 14), 42)
    assert whole.elements[:14] == (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)  # "a b" has id 13


def test_words_are_in_the_order_of_their_bytes_with_their_ids(
    exported: Path, tmp_path: Path
) -> None:
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a"])
    found = read_preparation(open_bundle(bundle))
    assert found is not None
    by_layer = {rule.layer: found.words(rule) for rule in found.rules}
    words = [word for word, _ in by_layer["words"]]
    assert words == sorted(preparation_rules.WORDS, key=lambda word: word.encode())
    assert dict(by_layer["words"])["a"] == 4
    assert by_layer["place"] == ()


def test_a_type_that_no_host_makes_is_refused(bundle: Path) -> None:
    half = dataclasses.replace(preparation_rules.RULES[0].output, name="half", dtype="float16")
    rules = (dataclasses.replace(preparation_rules.RULES[0], output=half),)
    inputs = (*open_bundle(bundle).signature.inputs, preparation_rules.COMMENT)
    write_preprocessing(bundle, Preprocessing(inputs, rules))
    with pytest.raises(InputError) as raised:
        read_preparation(open_bundle(bundle))
    assert str(raised.value) == (
        "the rule of 'half' gives float16; hosts make int32, int64, float32, float64, bool\n"
        f"  where:  {bundle / 'preprocessing.json'}\n"
        "  remedy: cast inside of the model, or run it with `mimo-portable predict`"
    )
