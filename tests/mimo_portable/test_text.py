import re
import sys
import unicodedata

import numpy as np
import pytest

from mimo_portable import text


def test_a_word_character_is_a_unicode_letter_or_number_and_nothing_else():
    everything = [chr(i) for i in range(sys.maxunicode + 1)]
    found = {c for c in everything if re.fullmatch(r"[^\W_]", c)}
    assert found == {c for c in everything if unicodedata.category(c)[0] in "LN"}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Ina ƙaunar_ki!", ["ina", "ƙaunar", "ki"]),
        ("DON'T don\u2019t 'no' a''b", ["don't", "don", "t", "no", "a", "b"]),
        ("a'b'c", ["a'b", "c"]),
        ("cafe\u0301", ["caf\u00e9"]),
        ("2½ ٣ x²", ["2½", "٣", "x²"]),
        ("😀 ... _", []),
    ],
)
def test_words_are_split_as_documented(sentence, expected):
    assert text.words(sentence) == expected


def test_vocabulary_is_ordered_by_count_then_by_first_occurrence():
    assert text.learn_vocabulary(["c b b a", "a c d"]) == ("c", "b", "a")
    assert text.learn_vocabulary(["c b b a", "a c d"], max_words=1, min_count=1) == ("c",)


def test_encode_cuts_pads_on_the_right_and_never_gives_a_row_of_padding():
    ids = text.encode(["a b a b", "z", ""], ("a", "b"), 3)
    assert ids.dtype == np.int32
    assert ids.tolist() == [[2, 3, 2], [1, 0, 0], [1, 0, 0]]


def test_vocabulary_size_counts_padding_and_unknown():
    assert text.vocabulary_size(("a", "b")) == 4


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("ΟΔΟΣ οδος", ["οδοσ", "οδοσ"]),
        ("İI", ["i", "i"]),  # the dot of the first becomes a mark, which separates
        ("a\ud800b", ["a", "b"]),
        ("a\U000323b0b a\u1c89b a\u0378b", ["a", "b"] * 3),
    ],
)
def test_versions_of_unicode_do_not_matter(sentence, expected):
    assert text.words(sentence) == expected


def test_what_is_unassigned_here_was_so_in_unicode_14():
    stated = {i for first, last in text.UNASSIGNED for i in range(first, last + 1)}
    here = {i for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)) == "Cn"}
    assert here <= stated
    assert unicodedata.unidata_version != "14.0.0" or here == stated


def test_a_newer_python_finds_the_same_words(monkeypatch):
    """As one with more letters would: everything is a letter, a place that is none here too."""
    monkeypatch.setattr(text, "_WORD", re.compile(r"[^\s_]+"))
    assert text.words("a\U000323b0b") == ["a", "b"]
