"""Build and run what `embed` writes, as its README says, in the language's own tools."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from mimo_export.hosts.embed import embed_bundle
from mimo_export.hosts.language import Runtime, find_language

MINUTES = 10


def missing_tools(language: str) -> list[str]:
    """Return the programs that a language's projects need and this machine has not."""
    tools = {tool for runtime in find_language(language).runtimes for tool in runtime.tools}
    return sorted(tool for tool in tools if shutil.which(tool) is None)


def made(bundle: Path, language: str, folder: Path) -> Path:
    """Embed a bundle and run each setup of the language's runtimes; return the project."""
    embed_bundle(bundle, language, folder)
    done: list[tuple[str, ...]] = []
    for runtime in find_language(language).runtimes:
        for command in runtime.setup:
            if command not in done:
                run(folder, runtime, command)
                done.append(command)
    return folder


def run(project: Path, runtime: Runtime, command: tuple[str, ...]) -> str:
    """Run a command in a project and return what it printed; fail with all of its output."""
    ended = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, **runtime.environment},
        capture_output=True,
        text=True,
        timeout=60 * MINUTES,
        check=False,
    )
    assert ended.returncode == 0, (
        f"{command} ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    )
    return ended.stdout


def verified(project: Path, runtime: Runtime) -> dict[str, Any]:
    """Return what a runtime's `verify` prints, having checked that it is the agreed document."""
    report: dict[str, Any] = json.loads(run(project, runtime, runtime.verify))
    assert report["format_version"] == 1
    assert report["runtime"] == runtime.name
    assert {"model", "version", "host", "passed", "tolerance", "outputs"} <= set(report)
    rows = {"name", "status", "reason", "values", "max_abs", "max_rel", "worst"}
    for row in report["outputs"]:
        assert set(row) == rows | {"passing_tolerance", "classes"}
    return report
