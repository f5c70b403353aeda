"""A generated C++ project: exceptions, owners and threads on three runtimes, under sanitizers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import host_projects
import hostile_texts
import native_projects
import preparation_rules
import pytest
from host_models import odd_model, own_words_model
from native_projects import Project

from mimo_export import export_bundle

MISSING = host_projects.missing_tools("cpp")
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module", autouse=True)
def prepared(pytestconfig: pytest.Config) -> Iterator[None]:
    """Let every test of this file build."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        native_projects.prepare(monkeypatch, pytestconfig.cache.mkdir("onnxruntime-headers"))
        yield


@pytest.fixture(scope="module", params=["onnxruntime", "openvino", "tensorflow"])
def project(
    request: pytest.FixtureRequest, keras_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Give a project around the small bundle, built under sanitizers; not to be written to."""
    return native_projects.small(keras_file, "cpp", request.param, tmp_path_factory.mktemp("cpp"))


def test_it_builds_passes_its_own_tests_and_agrees_with_keras(project: Project) -> None:
    native_projects.check_as_the_readme_says(project)


def test_nothing_leaks_or_is_undefined_whatever_is_put_in(project: Project) -> None:
    assert "all refused, and the next call worked" in project.clean("bad_input", "model", "100000")
    assert "all thrown, and the next call worked" in project.clean("client")
    assert json.loads(project.clean("verify"))["passed"] is True


def test_the_example_prints_every_output(project: Project) -> None:
    lines = project.clean("example").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["risk", *["diagnosis"] * 3]


def test_an_altered_model_is_an_error_and_no_crash(project: Project, tmp_path: Path) -> None:
    ended = project.call("verify", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.endswith("cannot be read; copy the project's `model` folder again\n")


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_names_types_and_sizes_of_every_awkward_kind(name: str, tmp_path: Path) -> None:
    export_bundle(odd_model(), tmp_path / "bundle", formats=("onnx",))
    odd = native_projects.project(tmp_path / "bundle", "cpp", name, tmp_path / "project")
    odd.build_sanitized()
    assert "all thrown, and the next call worked" in odd.clean("client")
    assert "all refused, and the next call worked" in odd.clean("bad_input")
    report = json.loads(odd.clean("verify"))
    assert [row["status"] for row in report["outputs"]] == ["pass"] * 6


def test_names_may_be_the_clients_own_words(tmp_path: Path) -> None:
    export_bundle(own_words_model(), tmp_path / "bundle", formats=("onnx",))
    made = native_projects.project(tmp_path / "bundle", "cpp", "openvino", tmp_path / "project")
    made.build_sanitized()
    assert "all thrown, and the next call worked" in made.clean("client")
    assert json.loads(made.clean("verify"))["passed"] is True


def test_texts_become_ids_and_words(exported: Path, tmp_path: Path) -> None:
    """The rule itself is C's, which its own test holds against Python."""
    bundle = hostile_texts.with_words(exported, tmp_path / "bundle", ["don't ɗan ƙasa"])
    made = native_projects.project(bundle, "cpp", "onnxruntime", tmp_path / "project")
    made.build_sanitized()
    assert "all thrown, and the next call worked" in made.clean("client")
    assert made.clean("words").endswith("the words and ids are Python's\n")


def test_what_is_given_becomes_inputs_by_the_bundles_rules(exported: Path, tmp_path: Path) -> None:
    """The rules themselves are C's, which its own tests hold against Python."""
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["Don't!", "\0", "🙂"])
    made = native_projects.project(bundle, "cpp", "onnxruntime", tmp_path / "project")
    made.build_sanitized()
    assert "all thrown, and the next call worked" in made.clean("client")
    assert made.clean("prepare").endswith("the rules give what Keras gave\n")
    lines = made.clean("example").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["risk", *["diagnosis"] * 3]


def test_layers_for_strings_become_rules_of_the_project(tmp_path: Path) -> None:
    bundle = native_projects.texts_bundle(tmp_path / "bundle", "onnx")
    made = native_projects.project(bundle, "cpp", "openvino", tmp_path / "project")
    native_projects.check_as_the_readme_says(made)
    made.build_sanitized()
    assert "all thrown, and the next call worked" in made.clean("client")
