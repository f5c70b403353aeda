"""Golden vectors are replayed where a host is, and what came of it is kept in the bundle."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mimo_export import manifest
from mimo_export.errors import BundleError, InputError
from mimo_export.hosts import language as language_module
from mimo_export.hosts.replay import replay_bundle, runtime_names
from mimo_export.manifest import file_problems, open_bundle

DESCRIPTION = """
title = "Zig"
style = "snake"
escapes = "json"
formats = ["onnx"]
[files]
"verify.py" = "verify.py"
[types.float32]
word = "f32"
[types.int32]
word = "i32"
[[runtimes]]
name = "zig"
tools = [{tools}]
packages = [{packages}]
formats = [{formats}]
setup = [["{python}", "-c", "{setup}"]]
verify = ["{python}", "verify.py"]
"""
ROW = {
    "status": "pass",
    "reason": "",
    "values": 7,
    "max_abs": 2e-7,
    "max_rel": 3e-7,
    "worst": {"case": "test_data_set_1", "index": [0, 0], "expected": 0.5, "got": 0.5000002},
    "passing_tolerance": 1e-7,
    "classes": "",
}


class Zig:
    """A language that no other code knows of, whose program prints what a test wants."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "templates").mkdir(parents=True)
        self.says(json.dumps({"outputs": [{"name": n, **ROW} for n in ("risk", "diagnosis")]}))
        self.needs()

    def needs(
        self, tools: str = "", packages: str = "", formats: str = "", setup: str = "pass"
    ) -> None:
        words = {"tools": tools, "packages": packages, "formats": formats}
        quoted = {name: f'"{word}"' if word else "" for name, word in words.items()}
        text = DESCRIPTION.format(python=Path(sys.executable).as_posix(), setup=setup, **quoted)
        (self._folder / "host.toml").write_text(text, encoding="utf-8")

    def says(self, text: str, code: int = 0) -> None:
        program = f"import sys\nprint({text!r})\nsys.exit({code})\n"
        (self._folder / "templates" / "verify.py").write_text(program, encoding="utf-8")


@pytest.fixture
def zig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zig:
    language = Zig(tmp_path / "languages" / "zig")
    monkeypatch.setattr(language_module, "FOLDER", tmp_path / "languages")
    return language


def kept(bundle: Path) -> dict[tuple[str, str], str]:
    rows = manifest.read_json(bundle / "parity.json")["rows"]
    return {(row["runtime"], row["output"]): row["status"] for row in rows}


def test_every_runtime_of_python_and_of_each_language_has_a_name(zig: Zig) -> None:
    assert runtime_names() == (
        *("onnxruntime", "onnxruntime, basic", "onnxruntime, not optimised", "onnx.reference"),
        "zig",
    )


def test_all_runtimes_are_run_and_their_rows_are_kept(zig: Zig, bundle: Path) -> None:
    before = kept(bundle)
    told: list[str] = []
    rows = replay_bundle(bundle, tell=told.append)
    assert tuple(told) == runtime_names()
    assert {row.status for row in rows} == {"pass"}
    last = rows[-1]
    assert (last.runtime, last.output, last.values) == ("zig", "diagnosis", 7)
    assert last.largest is not None
    assert (last.largest.case, last.largest.got) == ("test_data_set_1", 0.5000002)
    for name in runtime_names():
        assert kept(bundle)[name, "risk"] == "pass"
    assert before.items() <= kept(bundle).items()
    assert file_problems(open_bundle(bundle)) == ()


def test_later_rows_take_the_place_of_earlier_ones(zig: Zig, bundle: Path) -> None:
    replay_bundle(bundle, ["zig"])
    worse = {**ROW, "status": "fail", "reason": "1 of 7 values differ", "max_abs": "inf"}
    zig.says(json.dumps({"outputs": [{"name": n, **worse} for n in ("risk", "diagnosis")]}), 1)
    rows = replay_bundle(bundle, ["zig"])
    assert [(row.status, row.reason) for row in rows] == [("fail", "1 of 7 values differ")] * 2
    assert kept(bundle)["zig", "risk"] == "fail"
    assert len([row for row in kept(bundle) if row[0] == "zig"]) == 2


@pytest.mark.parametrize(
    ("needs", "why"),
    [
        ({"tools": "no-such-tool"}, "no-such-tool is not installed"),
        ({"packages": "no-such-package"}, "no-such-package is not installed"),
        ({"formats": "saved_model"}, "the bundle has no saved_model"),
        ({"setup": "raise SystemExit('no header')"}, "failed: no header"),
    ],
)
def test_what_is_missing_was_not_run(
    zig: Zig, bundle: Path, needs: dict[str, str], why: str
) -> None:
    zig.needs(**needs)
    rows = replay_bundle(bundle, ["zig"])
    assert [row.status for row in rows] == ["not run"] * 2
    assert rows[0].reason.endswith(why)
    assert kept(bundle)["zig", "risk"] == "not run"


def test_all_runtimes_are_those_of_a_saved_model_on_request_alone(zig: Zig, bundle: Path) -> None:
    (bundle / "saved_model").mkdir()
    (bundle / "saved_model" / "saved_model.pb").write_bytes(b"a program")
    manifest.write_manifest(bundle, {})
    zig.needs(formats="saved_model")
    rows = [row for row in replay_bundle(bundle) if row.runtime == "zig"]
    assert {row.reason for row in rows} == {
        "it is a program of whoever made it; --saved-model runs it"
    }
    for asked in (replay_bundle(bundle, saved_model=True), replay_bundle(bundle, ["zig"])):
        assert {row.status for row in asked if row.runtime == "zig"} == {"pass"}


def test_a_program_that_dies_has_failed(zig: Zig, bundle: Path) -> None:
    zig.says("no JSON", 2)
    (row,) = replay_bundle(bundle, ["zig"])
    assert (row.output, row.status) == ("(contract)", "fail")
    assert row.reason == "it ended with 2: no JSON"


def test_an_unknown_runtime_is_refused_with_those_that_there_are(zig: Zig, bundle: Path) -> None:
    with pytest.raises(InputError) as raised:
        replay_bundle(bundle, ["zag"])
    assert str(raised.value) == (
        "there is no runtime 'zag'\n  remedy: choose from all, onnxruntime; onnxruntime, basic; "
        "onnxruntime, not optimised; onnx.reference; zig"
    )


def test_an_altered_bundle_is_not_run(zig: Zig, bundle: Path) -> None:
    (bundle / "README.md").write_text("?", encoding="utf-8")
    with pytest.raises(BundleError, match=r"README\.md was altered"):
        replay_bundle(bundle, ["zig"])
