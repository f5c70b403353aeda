from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from mimo_export.documents import Place, decode, read_json, write_json
from mimo_export.errors import BundleError


@dataclass(frozen=True)
class Inner:
    size: float
    kind: Literal["a", "b"] = "a"


@dataclass(frozen=True)
class Outer:
    name: str
    count: int | None
    pair: tuple[int, int] = (0, 0)
    inner: Mapping[str, Inner] = field(default_factory=dict)
    anything: Any = None


PLACE = Place(Path("x.json"))


def test_a_document_becomes_its_dataclass_and_keys_of_later_versions_are_left_alone() -> None:
    document = {
        "name": "n",
        "count": None,
        "pair": [1, 2],
        "inner": {"k": {"size": "inf", "kind": "b"}},
        "anything": [1, {}],
        "later": 1,
    }
    assert decode(Outer, document, PLACE) == Outer(
        "n", None, (1, 2), {"k": Inner(float("inf"), "b")}, [1, {}]
    )


@pytest.mark.parametrize(
    ("document", "place", "what"),
    [
        ({"count": 1}, "$", "'name' is missing"),
        ({"name": 1, "count": 1}, "$.name", "1 where a text is expected"),
        (
            {"name": "", "count": True},
            "$.count",
            "true where an integer or null is expected",
        ),
        ({"name": "", "count": 1.5}, "$.count", "1.5 where an integer or null is expected"),
        (
            {"name": "", "count": 1, "pair": [1]},
            "$.pair",
            "a list of 1 where 2 belong",
        ),
        (
            {"name": "", "count": 1, "inner": {"a b": {"size": None}}},
            '$.inner["a b"].size',
            "null where a number is expected",
        ),
        (
            {"name": "", "count": 1, "inner": {"k": {"size": 1, "kind": "c"}}},
            "$.inner.k.kind",
            "\"c\" where 'a' or 'b' is expected",
        ),
        ([], "$", "a list where an object is expected"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(document: object, place: str, what: str) -> None:
    with pytest.raises(BundleError) as caught:
        decode(Outer, document, PLACE)
    assert (caught.value.what, caught.value.where) == (what, f"x.json: {place}")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": 1, "a": 2}', "the file is no JSON: the key 'a' is there twice"),
        ('{"a": [NaN]}', "nan is no number of JSON"),
        ('{"a": 1e999}', "inf is no number of JSON"),
        ('{"a": 18446744073709551616}', "an integer has more than 64 bits"),
        ('{"a": ["\\ud800"]}', "a text holds half of a character that needs two"),
        ('{"\\udfff": 1}', "a text holds half of a character that needs two"),
        ('{"a": ' + 65 * "[" + 65 * "]" + "}", "objects and lists are more than 64 deep"),
        ('{"a": ' + 10**5 * "[", "the file is no JSON: "),
        ("[]", "the file holds no object"),
    ],
)
def test_what_no_file_may_hold_is_refused(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BundleError) as caught:
        read_json(tmp_path / "x.json")
    assert caught.value.what.startswith(what)


def test_a_device_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "x.json").symlink_to("/dev/zero")
    with pytest.raises(BundleError, match="this is no file of at most 256 MiB"):
        read_json(tmp_path / "x.json")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    document = {"a": [1, 0.5, "ü\n", None, {"b": True}]}
    write_json(tmp_path / "x.json", document)
    assert read_json(tmp_path / "x.json") == document
