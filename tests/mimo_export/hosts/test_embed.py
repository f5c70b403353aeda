from __future__ import annotations

import hashlib
import json
from pathlib import Path

import preparation_rules
import pytest

from mimo_export import manifest
from mimo_export.errors import BundleError, InputError
from mimo_export.hosts import embed as module
from mimo_export.hosts import language as language_module
from mimo_export.hosts.embed import embed_bundle

DESCRIPTION = """
title = "Zig"
style = "snake"
escapes = "json"
formats = ["onnx"]
generated = ["out"]
[files]
"src/{model}.zig" = "client.zig"
"notes.md" = "notes.md"
[types.float32]
word = "f32"
[types.int32]
word = "i32"
"""
CLIENT = """<% for t in model.inputs %>
const <%= t.identifier %>: <%= t.type.word %> = <%= t.name|text %>;
<% endfor %>
"""


@pytest.fixture(autouse=True)
def zig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a language that no other code knows of."""
    folder = tmp_path / "languages" / "zig"
    (folder / "templates").mkdir(parents=True)
    (folder / "host.toml").write_text(DESCRIPTION)
    (folder / "templates" / "client.zig").write_text(CLIENT)
    (folder / "templates" / "notes.md").write_text("ü <%= model.name %>\n", encoding="utf-8")
    monkeypatch.setattr(language_module, "FOLDER", folder.parent)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_project_holds_what_the_templates_make_and_what_it_loads(
    exported: Path, tmp_path: Path
) -> None:
    names = embed_bundle(exported, "zig", tmp_path / "project")
    found = files(tmp_path / "project")
    assert found["src/small.zig"] == b'const ecg: f32 = "ecg";\nconst words: i32 = "words";\n'
    assert found["notes.md"].decode() == "ü small\n"
    assert found["model/model.onnx"] == (exported / "model.onnx").read_bytes()
    assert found["model/signature.json"] == (exported / "signature.json").read_bytes()
    assert sorted(names) == sorted(found)
    assert len(names) == 6 + 16  # four golden data sets of two inputs and two outputs


def test_the_golden_vectors_are_listed_with_the_tolerance(exported: Path, tmp_path: Path) -> None:
    embed_bundle(exported, "zig", tmp_path / "project")
    cases = json.loads((tmp_path / "project/model/golden/cases.json").read_text())
    assert cases["tolerance"] == {"atol": 1e-5, "rtol": 1e-5}
    assert cases["cases"][0]["inputs"][1] == {
        "name": "words",
        "dtype": "int32",
        "shape": [1, 12],
        "path": "model/golden/test_data_set_0/input_1.bin",
    }
    for case in cases["cases"]:
        for array in (*case["inputs"], *case["outputs"]):
            assert (tmp_path / "project" / array["path"]).is_file()


def test_the_same_bundle_gives_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        embed_bundle(exported, "zig", tmp_path / name)
    assert files(tmp_path / "one") == files(tmp_path / "other")


def test_a_project_of_its_own_is_replaced_with_what_was_built_in_it(
    exported: Path, zig: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    embed_bundle(exported, "zig", project)
    (project / "out").mkdir()
    (project / "out" / "program").write_text("built")
    (zig / "templates" / "notes.md").write_text("new\n")
    embed_bundle(exported, "zig", project)
    assert (project / "notes.md").read_text() == "new\n"
    assert not (project / "out").exists()


def test_an_empty_folder_is_used(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    embed_bundle(exported, "zig", tmp_path / "project")
    assert (tmp_path / "project" / "notes.md").is_file()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("src/small.zig", "src/small.zig was changed since it was written"),
        ("src/mine.zig", "there is a file of yours, src/mine.zig"),
    ],
)
def test_what_a_person_changed_or_added_is_not_overwritten(
    exported: Path, tmp_path: Path, name: str, what: str
) -> None:
    project = tmp_path / "project"
    embed_bundle(exported, "zig", project)
    (project / name).write_text("mine")
    before = files(project)
    with pytest.raises(BundleError) as raised:
        embed_bundle(exported, "zig", project)
    assert str(raised.value) == (
        f"{what}, which is not overwritten\n"
        f"  where:  {project}\n"
        "  remedy: choose another folder, or remove this one"
    )
    assert files(project) == before


def test_a_link_that_a_person_made_is_not_overwritten(exported: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    embed_bundle(exported, "zig", project)
    (project / "data").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(BundleError, match="there is a file of yours, data, which is not"):
        embed_bundle(exported, "zig", project)


def test_something_else_is_not_overwritten(exported: Path, tmp_path: Path) -> None:
    for target in (exported, tmp_path / "file"):
        if target != exported:
            target.write_text("mine")
        before = target.read_text() if target.is_file() else files(target)
        with pytest.raises(BundleError, match="there is something else already, which is not"):
            embed_bundle(exported, "zig", target)
        assert (target.read_text() if target.is_file() else files(target)) == before


def test_a_failure_leaves_what_was_there_and_nothing_beside_it(
    exported: Path, zig: Path, tmp_path: Path
) -> None:
    project = tmp_path / "projects" / "project"
    embed_bundle(exported, "zig", project)
    before = files(project)
    (zig / "templates" / "notes.md").write_text("<%= model.nonsense %>")
    with pytest.raises(Exception, match="has no attribute 'nonsense'"):
        embed_bundle(exported, "zig", project)
    assert files(project) == before
    assert [path.name for path in project.parent.iterdir()] == ["project"]


def test_a_full_disk_leaves_what_was_there(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    embed_bundle(exported, "zig", project)
    before = files(project)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_vectors", full)
    with pytest.raises(OSError, match="No space left"):
        embed_bundle(exported, "zig", project)
    assert files(project) == before


def test_an_unknown_language_is_refused_before_anything_is_written(
    exported: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="'ada' is no language"):
        embed_bundle(exported, "ada", tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_words_travel_with_their_examples(bundle: Path, zig: Path, tmp_path: Path) -> None:
    (bundle / "vocabulary.json").write_text('{"words": ["a", "b"]}')
    manifest.write_manifest(bundle, {"via": "keras"})
    embed_bundle(bundle, "zig", tmp_path / "without")
    assert "model/vocabulary.json" not in files(tmp_path / "without")
    extra = '[extras.vocabulary]\n"words.md" = "words.md"\n'
    (zig / "host.toml").write_text(DESCRIPTION + extra)
    (zig / "templates" / "words.md").write_text("<%= model.texts[0].name %>")
    embed_bundle(bundle, "zig", tmp_path / "project")
    found = files(tmp_path / "project")
    assert found["words.md"] == b"words"
    assert found["model/vocabulary.json"] == (bundle / "vocabulary.json").read_bytes()
    examples = json.loads(found["model/golden/words.json"])["examples"]
    assert {"text": "A B", "words": ["a", "b"], "ids": {"words": [2, 3]}} in examples


def test_rules_travel_as_their_checksum_says(exported: Path, zig: Path, tmp_path: Path) -> None:
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a b"])
    more = '[types.int64]\n[types.string]\n[extras.preprocessing]\n"rules.md" = "rules.md"\n'
    (zig / "host.toml").write_text(DESCRIPTION + more)
    (zig / "templates" / "rules.md").write_text("<%= model.preprocessing.sha256 %>")
    embed_bundle(bundle, "zig", tmp_path / "project")
    content = files(tmp_path / "project")["model/preprocessing.json"]
    stated = files(tmp_path / "project")["rules.md"].decode()
    assert hashlib.sha256(content).hexdigest() == stated
