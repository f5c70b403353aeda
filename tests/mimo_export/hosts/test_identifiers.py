from __future__ import annotations

import re
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimo_export.hosts.identifiers import Spelling, spell, spell_all


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ecg_input", Spelling("ecgInput", "ecg_input", "EcgInput", "ECG_INPUT")),
        ("imageInput", Spelling("imageInput", "image_input", "ImageInput", "IMAGE_INPUT")),
        ("output_1", Spelling("output1", "output_1", "Output1", "OUTPUT_1")),
        ("my input:0", Spelling("myInput0", "my_input_0", "MyInput0", "MY_INPUT_0")),
        ("HTTPServer", Spelling("httpServer", "http_server", "HttpServer", "HTTP_SERVER")),
        ("café", Spelling("cafe", "cafe", "Cafe", "CAFE")),
        ("x", Spelling("x", "x", "X", "X")),
    ],
)
def test_a_name_is_spelled_in_the_four_styles(name: str, expected: Spelling) -> None:
    assert spell(name) == expected


def test_a_name_that_begins_with_a_digit_begins_with_its_kind() -> None:
    assert spell("3d model").snake == "model_3_d_model"
    assert [s.camel for s in spell_all(["2nd"], "input")] == ["input2Nd"]


def test_a_name_of_which_nothing_is_left_is_its_kind_and_its_place() -> None:
    assert [s.snake for s in spell_all(["图像", "a", "***"], "output")] == [
        "output_1",
        "a",
        "output_3",
    ]


def test_a_reserved_word_gets_its_kind_behind_it() -> None:
    (found,) = spell_all(["class"], "input", {"class"})
    assert found.camel == "classInput"


def test_names_that_become_the_same_are_numbered_in_the_contracts_order() -> None:
    names = ["my input:0", "myInput0", "my_input_0", "my_input_0_2"]
    assert [s.snake for s in spell_all(names, "input")] == [
        "my_input_0",
        "my_input0_2",  # its camel is taken
        "my_input_0_3",
        "my_input_0_2_2",
    ]


@given(
    st.lists(st.text(), max_size=8),
    st.sets(st.sampled_from(["class", "input", "x", "input1", "X", "classInput"])),
)
def test_any_names_become_valid_identifiers_none_of_which_is_there_twice(
    names: list[str], reserved: set[str]
) -> None:
    found = spell_all(names, "input", reserved)
    for style in zip(*map(astuple, found), strict=True):
        assert len(set(style)) == len(names)
        assert not reserved & set(style)
        assert all(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", word) for word in style)
