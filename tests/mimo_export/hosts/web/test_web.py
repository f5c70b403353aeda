"""A generated page in headless Chromium: its own tests, Keras's answers, nothing from elsewhere."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import host_projects
import hostile_texts
import preparation_rules
import pytest
from host_models import odd_model

from mimo_export import export_bundle
from mimo_export.hosts.language import Runtime, find_language

MISSING = host_projects.missing_tools("web")
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
RUNTIMES = find_language("web").runtimes


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a built project around a bundle with names, types and sizes of every awkward kind."""
    folder = tmp_path_factory.mktemp("web")
    export_bundle(odd_model(), folder / "bundle", formats=("onnx",))
    return host_projects.made(folder / "bundle", "web", folder / "project")


def test_wrong_inputs_and_files_are_typed_errors_and_the_next_call_works(project: Path) -> None:
    out = host_projects.run(project, RUNTIMES[0], RUNTIMES[0].test)
    assert "# fail 0\n" in out
    assert int(out.split("# pass ")[1].split()[0]) > 120  # with one thread and with two


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_the_golden_vectors_agree_with_one_thread_and_with_two(
    project: Path, runtime: Runtime
) -> None:
    report = host_projects.verified(project, runtime)
    assert report["passed"] is True
    assert ", isolated, " in report["host"]
    for row in report["outputs"]:
        assert row["status"] == "pass"
        assert row["passing_tolerance"] <= report["tolerance"]["atol"]


def test_a_wrong_answer_is_found(project: Path) -> None:
    path = project / "model/golden/test_data_set_0/output_1.bin"
    right = path.read_bytes()
    path.write_bytes(b"\7" + right[1:])
    try:
        ended = subprocess.run(
            RUNTIMES[0].verify, cwd=project, capture_output=True, text=True, check=False
        )
    finally:
        path.write_bytes(right)
    assert (ended.returncode, json.loads(ended.stdout)["passed"]) == (1, False)


def test_a_page_that_asks_another_site_fails(project: Path) -> None:
    page = project / "index.html"
    right = page.read_text(encoding="utf-8")
    page.write_text(right.replace("<main>", '<main><img src="http://localhost:1/a.png" alt="">'))
    try:
        ended = subprocess.run(
            RUNTIMES[0].verify, cwd=project, capture_output=True, text=True, check=False
        )
    finally:
        page.write_text(right, encoding="utf-8")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "error: the page asked for http://localhost:1/a.png\n"


@pytest.mark.parametrize(
    ("extra", "test"),
    [
        ("words", "the words and ids of the examples are Python's"),
        ("rules", "the rules give for every example what Keras gives"),
    ],
)
def test_texts_become_inputs_in_the_page(
    extra: str, test: str, exported: Path, project: Path, tmp_path: Path
) -> None:
    bundle, made, texts = tmp_path / "bundle", tmp_path / "project", ["don't ɗan ƙasa", "🙂 a b"]
    if extra == "words":
        hostile_texts.with_words(exported, bundle, texts)
    else:
        preparation_rules.with_rules(exported, bundle, [*texts, *hostile_texts.drawn_texts(20)])
    host_projects.embed_bundle(bundle, "web", made)
    (made / "node_modules").symlink_to(project / "node_modules")
    host_projects.run(made, RUNTIMES[0], ("npm", "run", "build"))
    out = host_projects.run(made, RUNTIMES[0], RUNTIMES[0].test)
    assert "# fail 0\n" in out
    assert test in out
