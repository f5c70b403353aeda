from __future__ import annotations

import json
from pathlib import Path

import pytest

from mimo_export.errors import BundleError
from mimo_export.mark import check_target, write_mark

MARK = "made.json"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Give a folder with two files and its mark."""
    folder = tmp_path / "made"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "inner" / "b.txt").write_text("b")
    assert write_mark(folder, MARK, {"kind": "test"}) == ("a.txt", "inner/b.txt", MARK)
    return folder


def test_a_mark_lists_every_file_and_holds_no_time(made: Path) -> None:
    first = (made / MARK).read_bytes()
    document = json.loads(first)
    assert document["kind"] == "test"
    assert list(document["files"]) == ["a.txt", "inner/b.txt"]
    (made / MARK).unlink()
    write_mark(made, MARK, {"kind": "test"})
    assert (made / MARK).read_bytes() == first


def test_what_is_unchanged_empty_or_not_there_may_be_replaced(made: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for target in (made, tmp_path / "empty", tmp_path / "none"):
        check_target(target, MARK)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a.txt", "a.txt was changed since it was written"),
        ("mine.txt", "there is a file of yours, mine.txt"),
        ("inner/mine.txt", "there is a file of yours, inner/mine.txt"),
    ],
)
def test_what_a_person_did_is_not_overwritten(made: Path, name: str, what: str) -> None:
    (made / name).write_text("mine")
    with pytest.raises(BundleError) as caught:
        check_target(made, MARK)
    assert str(caught.value) == (
        f"{what}, which is not overwritten\n"
        f"  where:  {made}\n"
        "  remedy: choose another folder, or remove this one"
    )


def test_what_building_makes_is_nobodys_work(made: Path) -> None:
    (made / "dist").mkdir()
    (made / "dist" / "x.js").write_text("x")
    check_target(made, MARK, ("dist",))
    with pytest.raises(BundleError, match=r"a file of yours, dist/x\.js"):
        check_target(made, MARK)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_something_else_is_left_alone(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "other"
    if kind == "folder":
        target.mkdir()
    (target / "x" if kind == "folder" else target).write_text("x")
    with pytest.raises(BundleError, match="there is something else already, which is not overwri"):
        check_target(target, MARK)
