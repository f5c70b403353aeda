from __future__ import annotations

import re
from pathlib import Path

import pytest

from mimo_export.errors import InputError
from mimo_export.hosts import language as module
from mimo_export.hosts.identifiers import STYLES
from mimo_export.hosts.language import (
    EXTRAS,
    FOLDER,
    find_language,
    language_names,
    read_language,
)

MINIMAL = """
title = "T"
style = "snake"
escapes = "json"
formats = ["onnx"]
[files]
"a.txt" = "a.txt"
[types.float32]
word = "float"
"""


def written(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "host.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_language_is_a_folder_with_a_description(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "zig", MINIMAL)
    written(tmp_path / "ada", MINIMAL)
    (tmp_path / "notes").mkdir()
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    assert language_names() == ("ada", "zig")
    assert find_language("zig").title == "T"


def test_an_unknown_language_is_refused_with_those_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "zig", MINIMAL)
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(InputError) as raised:
        find_language("../zig")
    assert str(raised.value) == "'../zig' is no language\n  remedy: choose from zig"


def test_a_description_is_read_with_its_defaults(tmp_path: Path) -> None:
    language = read_language(written(tmp_path / "zig", MINIMAL))
    assert language.name == "zig"
    assert language.formats == ("onnx",)
    assert language.types == {"float32": {"word": "float"}}
    assert language.reserved == frozenset()
    assert language.runtimes == ()


def test_runtimes_and_reserved_words_are_read(tmp_path: Path) -> None:
    text = 'reserved = "a b\\n c"\n' + MINIMAL + '[[runtimes]]\nname = "r"\nverify = ["v", "w"]\n'
    language = read_language(written(tmp_path / "zig", text))
    assert language.reserved == {"a", "b", "c"}
    (runtime,) = language.runtimes
    assert (runtime.name, runtime.verify, runtime.setup) == ("r", ("v", "w"), ())


def test_more_files_are_for_bundles_that_have_what_they_need(tmp_path: Path) -> None:
    text = MINIMAL + '[extras.vocabulary]\n"b.txt" = "words.txt"\n'
    language = read_language(written(tmp_path / "zig", text))
    assert language.files_for(()) == {"a.txt": "a.txt"}
    assert language.files_for(("vocabulary",)) == {"a.txt": "a.txt", "b.txt": "words.txt"}


def test_types_of_what_rules_take_are_apart(tmp_path: Path) -> None:
    language = read_language(written(tmp_path / "zig", MINIMAL + '[given_types.string]\nx = "y"\n'))
    assert language.given_types == {"string": {"x": "y"}}
    assert "string" not in language.types


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("style", "stile"), "unexpected keyword argument 'stile'"),
        (('title = "T"', ""), "missing 1 required"),
        (('"snake"', '"kebab"'), "'kebab' is none of camel, snake, pascal, constant"),
        (('"json"', '"xml"'), "'xml' is none of json, octal"),
        (
            ("[files]", '[extras.pictures]\n"b" = "b"\n[files]'),
            "'pictures' is none of vocabulary, preprocessing",
        ),
    ],
)
def test_a_wrong_description_names_its_file(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    folder = written(tmp_path / "zig", MINIMAL.replace(*change))
    with pytest.raises(ValueError, match=re.escape(str(folder / "host.toml"))) as raised:
        read_language(folder)
    assert message in str(raised.value)


@pytest.mark.parametrize("name", language_names())
def test_every_language_here_is_whole(name: str) -> None:
    language = find_language(name)
    assert language.style in STYLES
    assert "float32" in language.types
    assert language.runtimes, "nothing would prove it"
    for shared in language.shares:
        assert (FOLDER / shared).is_dir()
    used = set(language.files_for(EXTRAS).values())
    there = {
        path.relative_to(folder).as_posix()
        for folder in language.template_folders
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert used <= there


@pytest.mark.parametrize("name", language_names())
def test_every_template_of_a_language_is_used(name: str) -> None:
    folder = FOLDER / name / "templates"
    sharing = [find_language(other) for other in language_names()]
    used = {
        t
        for one in sharing
        if name in (one.name, *one.shares)
        for t in one.files_for(EXTRAS).values()
    }
    texts = "".join(
        path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    )
    included = set(re.findall(r'<% (?:include|from|import) "([^"]+)"', texts))
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there - used - included == set()


@pytest.mark.parametrize("name", language_names())
def test_the_readme_has_a_row_for_every_language(name: str) -> None:
    assert f"| `{name}` | " in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_nothing_outside_of_its_folder_names_a_language() -> None:
    for path in FOLDER.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in language_names():
            assert f'"{name}"' not in text, f"{path.name} knows of {name}"
