from __future__ import annotations

import json
from pathlib import Path

import pytest

from mimo_export import manifest
from mimo_export.errors import BundleError
from mimo_export.hosts.words import HostVocabulary, read_vocabulary
from mimo_export.manifest import open_bundle
from mimo_portable import text


def with_vocabulary(bundle: Path, words: object) -> Path:
    manifest.write_json(bundle / "vocabulary.json", {"words": words})
    return bundle


def read(bundle: Path) -> HostVocabulary:
    found = read_vocabulary(open_bundle(bundle))
    assert found is not None
    return found


def test_a_bundle_without_words_has_none(exported: Path) -> None:
    assert read_vocabulary(open_bundle(exported)) is None


def test_a_vocabulary_of_no_input_is_none(bundle: Path) -> None:
    (bundle / "vocabulary.json").write_text("{}")
    assert read_vocabulary(open_bundle(bundle)) is None


def test_the_words_are_there_with_their_files_checksum(bundle: Path) -> None:
    found = read(with_vocabulary(bundle, ["ƙasa", "da"]))
    assert found.words == {"words": ("ƙasa", "da")}
    facts = {"bytes": found.bytes, "sha256": found.sha256}
    assert facts == manifest.checksum(bundle / "vocabulary.json")
    assert found.unassigned == text.UNASSIGNED


def test_words_are_sorted_as_their_bytes_are(bundle: Path) -> None:
    found = read(with_vocabulary(bundle, ["\U00010428", "z", "ƙ", "\uff41", "a"]))
    words = [word for word, _ in found.sorted_words("words")]
    assert words == sorted(words, key=lambda word: word.encode())
    assert dict(found.sorted_words("words"))["z"] == 3


def test_the_examples_are_what_the_rule_gives(bundle: Path) -> None:
    found = read(with_vocabulary(bundle, ["don't", "da"]))
    by_text = {one.text: one for one in found.examples}
    assert len(by_text) == len(found.examples) > 30
    assert by_text[""].words == ()
    assert by_text[""].ids == {"words": (1,)}
    assert by_text["DON'T DA"].words == ("don't", "da")
    assert by_text["DON'T DA"].ids == {"words": (2, 3)}
    assert {len(one.ids["words"]) for one in found.examples} <= set(range(1, 13))
    for one in found.examples:
        assert one.words == tuple(text.words(one.text))


def test_the_examples_can_be_written_as_utf8(bundle: Path) -> None:
    for one in read(with_vocabulary(bundle, [])).examples:
        one.text.encode("utf-8")


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"words": "a"}, "the words of 'words' are no list of different texts"),
        ({"words": ["a", 1]}, "the words of 'words' are no list of different texts"),
        ({"words": ["a", "a"]}, "the words of 'words' are no list of different texts"),
        ({"other": ["a"]}, "there are words for 'other', which is no input of the model"),
        (
            {"ecg": ["a"]},
            "there are words for 'ecg', which is no row of integers of a fixed length",
        ),
    ],
)
def test_a_vocabulary_of_another_model_is_refused(
    bundle: Path, document: dict[str, object], what: str
) -> None:
    (bundle / "vocabulary.json").write_text(json.dumps(document))
    with pytest.raises(BundleError) as raised:
        read_vocabulary(open_bundle(bundle))
    assert str(raised.value) == (
        f"{what}\n  where:  {bundle / 'vocabulary.json'}: $.{next(iter(document))}\n"
        "  remedy: export the training run again"
    )
