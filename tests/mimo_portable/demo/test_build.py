from __future__ import annotations

from pathlib import Path

import pytest

from mimo_export.errors import EnvironmentNotReadyError
from mimo_portable.demo import build


@pytest.mark.usefixtures("npm")
def test_the_runtimes_files_are_copied(tmp_path: Path) -> None:
    build.check_tools()
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.ts").write_text("")
    (tmp_path / "models" / "m" / "src").mkdir(parents=True)
    (tmp_path / "models" / "m" / "src" / "client.ts").write_text("")
    build.compile_page(tmp_path)
    build.copy_runtime(tmp_path, tmp_path / "vendor")
    assert sorted(path.name for path in (tmp_path / "vendor").iterdir()) == sorted(build.RUNTIME)


def test_npm_installs_once_and_compiles(npm: Path, tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.ts").write_text("")
    (tmp_path / "models" / "m" / "src").mkdir(parents=True)
    (tmp_path / "models" / "m" / "src" / "client.ts").write_text("")
    build.compile_page(tmp_path)
    assert npm.read_text() == "install --no-audit --no-fund\nrun build\n"


def test_without_node_and_npm_nothing_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentNotReadyError) as caught:
        build.check_tools()
    assert str(caught.value) == (
        "node and npm are not installed, and the page is compiled by them\n"
        "  where:  the PATH\n"
        "  remedy: install Node.js 20.4 or later with npm, from https://nodejs.org or by the "
        "system's packages; the finished page needs neither"
    )


def test_what_npm_said_last_is_shown(npm: Path, tmp_path: Path) -> None:
    (npm.parent / "bin" / "npm").write_text("#!/bin/sh\necho 'network unreachable' >&2\nexit 7\n")
    with pytest.raises(EnvironmentNotReadyError) as caught:
        build.compile_page(tmp_path)
    assert str(caught.value) == (
        "`npm install --no-audit --no-fund` failed: exit code 7: network unreachable\n"
        "  where:  compiling the page\n"
        "  remedy: npm fetches TypeScript and onnxruntime-web once: see that it reaches its "
        "registry, then try again"
    )


@pytest.mark.usefixtures("npm")
def test_a_command_that_does_not_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(build, "_MINUTES", 0.001)
    with pytest.raises(EnvironmentNotReadyError, match=r"failed: no end after 0\.001 minutes"):
        build.compile_page(tmp_path)
