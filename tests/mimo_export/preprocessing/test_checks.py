from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import preparation_rules
import pytest
from preparation_rules import COMMENT, ECG, RULES, TAGS, rule

from mimo_export.contract import Signature
from mimo_export.documents import Place
from mimo_export.errors import BundleError
from mimo_export.preprocessing.checks import check_rules
from mimo_export.preprocessing.rules import Bucket, Encoding, Example, Preprocessing
from mimo_portable.specs import TensorSpec

WORDS = TensorSpec("words", (preparation_rules.LENGTH,), "int32")
SIGNATURE = Signature((ECG, WORDS), (TensorSpec("y", (1,)),))
INPUTS = (ECG, COMMENT, TAGS, preparation_rules.CODE)
PLACE = Place(Path("preprocessing.json"))
FIRST = RULES[0]


def test_rules_of_every_kind_are_followed() -> None:
    check_rules(Preprocessing(INPUTS, RULES), SIGNATURE, PLACE)


@pytest.mark.parametrize(
    ("changed", "place", "what"),
    [
        (replace(FIRST, lookup=None), "", "a rule of the kind 'text' has a 'lookup'"),
        (replace(FIRST, sources=()), ".sources", "one source belongs"),
        (replace(FIRST, sources=("no",)), ".sources[0]", "'no' is no input"),
        (
            replace(FIRST, sources=("ecg",)),
            ".sources[0]",
            "'ecg' is float32, of which this rule makes nothing",
        ),
        (
            replace(FIRST, output=replace(FIRST.output, dtype="int64")),
            ".output.dtype",
            "the files take int32",
        ),
        (
            replace(FIRST, output=replace(FIRST.output, shape=())),
            ".output.shape",
            "the files take 1 dimensions",
        ),
        (replace(FIRST, encoding=Encoding("int", 0)), ".encoding.depth", "a depth of 0"),
        (
            replace(FIRST, encoding=Encoding("count", 2**30)),
            ".encoding.depth",
            f"a vector of {2**30}",
        ),
        (
            replace(FIRST, encoding=Encoding("count", 3, (1.0,))),
            ".encoding.weights",
            "1 weights for a depth of 3",
        ),
        (
            replace(FIRST, text=replace(preparation_rules.SPLIT, length=2**40)),
            ".text.length",
            "a wrong length",
        ),
        (
            replace(FIRST, lookup=preparation_rules.table(vocabulary=("a", "a"))),
            ".lookup.vocabulary",
            "a word is there twice",
        ),
        (
            replace(FIRST, lookup=preparation_rules.table(first=-2)),
            ".lookup.first",
            "-2 is no id",
        ),
        (rule("words", "hash", dtype="int32", bucket=Bucket(0)), ".bucket.count", "0 buckets"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_named(changed: Any, place: str, what: str) -> None:
    with pytest.raises(BundleError) as caught:
        check_rules(Preprocessing(INPUTS, (changed,)), SIGNATURE, PLACE)
    assert (caught.value.what, caught.value.where) == (
        what,
        f"preprocessing.json: $.rules[0]{place}",
    )


def test_an_input_of_the_files_that_nothing_makes_is_named() -> None:
    with pytest.raises(BundleError, match="nothing makes the input 'words' of the files"):
        check_rules(Preprocessing(INPUTS, (RULES[3],)), SIGNATURE, PLACE)


@pytest.mark.parametrize(
    ("inputs", "outputs", "what"),
    [
        ({}, {"known": [[1, 2]]}, "'tags' is missing"),
        ({"tags": [["a"]]}, {"known": [[1, 2]]}, r"rows of \[1\] where \[2\] are expected"),
        ({"tags": [["a", 1]]}, {"known": [[1, 2]]}, "an element is no string"),
        ({"tags": [["a", "b"]]}, {"known": [[1, 2**63]]}, "an element is no int64"),
        ({"tags": [["a", "b"]]}, {"known": [[1, 2], [3]]}, "the rows are no array"),
        ({"tags": [["a", "b"]] * 2}, {"known": [[1, 2]]}, "the numbers of rows differ"),
        ({"tags": [["a", "b"]]}, {"known": [[1, 2]], "other": 1}, "there is no 'other'"),
    ],
)
def test_an_example_that_is_no_array_of_the_contract_is_refused(
    inputs: Any, outputs: Any, what: str
) -> None:
    document = Preprocessing((*INPUTS, WORDS), (RULES[3],), (Example(inputs, outputs),))
    with pytest.raises(BundleError, match=what):
        check_rules(document, SIGNATURE, PLACE)
