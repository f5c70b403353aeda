import json

import pytest

from mimo_export.errors import BundleError
from mimo_export.manifest import PREPROCESSING
from mimo_export.preprocessing.rules import (
    Bucket,
    Encoding,
    Example,
    Lookup,
    Preprocessing,
    Rule,
    Text,
    read_preprocessing,
    write_preprocessing,
)
from mimo_portable.specs import TensorSpec

TABLE = Lookup(("a", "ü\n"), first=3, unknown=0, bucket=Bucket(3, (1, 2)), mask=None, mask_id=-1)
TEXT = Text(lower=True, strip=".", split="whitespace", ngrams=(1, 2), length=None)
DOCUMENT = Preprocessing(
    (TensorSpec("x", (), "string"), TensorSpec("y", (2,), "string"), TensorSpec("z", (3,))),
    (
        Rule(
            TensorSpec("x", (5,)),
            ("x",),
            "words",
            "text",
            Encoding("count", 5, (0.5, 1.0)),
            text=TEXT,
            lookup=TABLE,
        ),
        Rule(
            TensorSpec("y", (2,), "int64"),
            ("y",),
            "hash",
            "hash",
            Encoding("int", 9),
            bucket=Bucket(8),
            mask="",
        ),
    ),
    (Example({"x": ["a"], "y": [["", "b"]]}, {"x": [[0, 0, 0, 1, 0]], "y": [[0, 3]]}),),
)


def test_a_document_comes_back_as_it_was_written(tmp_path):
    write_preprocessing(tmp_path, DOCUMENT)
    assert read_preprocessing(tmp_path) == DOCUMENT


def test_a_rule_is_written_without_what_it_has_not(tmp_path):
    write_preprocessing(tmp_path, DOCUMENT)
    document = json.loads((tmp_path / PREPROCESSING).read_text("utf-8"))
    assert list(document) == ["format_version", "inputs", "rules", "examples"]
    assert [list(rule)[2:] for rule in document["rules"]] == [
        ["layer", "kind", "encoding", "text", "lookup"],
        ["layer", "kind", "encoding", "bucket", "mask"],
    ]


def test_there_may_be_no_document(tmp_path):
    assert read_preprocessing(tmp_path) is None


def test_a_newer_document_is_refused(tmp_path):
    path = tmp_path / PREPROCESSING
    path.write_text(json.dumps({**DOCUMENT.to_dict(), "format_version": 2}))
    with pytest.raises(BundleError) as caught:
        read_preprocessing(tmp_path)
    assert str(caught.value) == (
        "the rules have format version 2; this program knows up to 1\n"
        f"  where:  {path}\n"
        "  remedy: pip install --upgrade mimo-portable"
    )


def test_a_damaged_document_is_refused(tmp_path):
    path = tmp_path / PREPROCESSING
    path.write_text('{"format_version": 1}')
    with pytest.raises(BundleError) as caught:
        read_preprocessing(tmp_path)
    assert str(caught.value) == (
        "'inputs' is missing\n"
        f"  where:  {path}: $\n"
        "  remedy: export the model again with `mimo-portable export --preprocessing beside`"
    )
