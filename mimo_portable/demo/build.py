"""Compile the page: one `npm install` and one `tsc` in a folder of its own, nothing at run time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mimo_export.errors import EnvironmentNotReadyError

TOOLS = ("node", "npm")
COMPILED = "out"
RUNTIME = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
"""What a page with onnxruntime-web's WebAssembly loads, of the package's `dist`."""
_RUNTIME_PLACE = Path("node_modules/onnxruntime-web/dist")
_MINUTES = 10
_SHOWN = 600  # letters of what a command printed last


def check_tools() -> None:
    """Refuse to begin without node and npm.

    Raises:
        EnvironmentNotReadyError: One of them is not on the PATH.
    """
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise EnvironmentNotReadyError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed, and the"
            " page is compiled by them",
            where="the PATH",
            remedy="install Node.js 20.4 or later with npm, from https://nodejs.org or by the "
            "system's packages; the finished page needs neither",
        )


def compile_page(project: Path) -> None:
    """Install the packages of a project and compile its TypeScript into `COMPILED`.

    Raises:
        EnvironmentNotReadyError: A command fails, for instance because there is no network.
    """
    _run(("npm", "install", "--no-audit", "--no-fund"), project)
    _run(("npm", "run", "build"), project)


def copy_runtime(project: Path, folder: Path) -> None:
    """Copy onnxruntime-web's files, which the page loads, into a folder."""
    folder.mkdir(parents=True)
    for name in RUNTIME:
        shutil.copyfile(project / _RUNTIME_PLACE / name, folder / name)


def _run(command: Sequence[str], project: Path) -> None:
    program = shutil.which(command[0]) or command[0]  # npm is a script with an ending on Windows
    try:
        ended = subprocess.run(  # noqa: S603 - our own commands
            [program, *command[1:]],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=60 * _MINUTES,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(command, f"no end after {_MINUTES} minutes") from error
    if ended.returncode:
        printed = " ".join((ended.stdout + ended.stderr).split())
        raise _failed(command, f"exit code {ended.returncode}: {printed[-_SHOWN:]}")


def _failed(command: Sequence[str], why: str) -> EnvironmentNotReadyError:
    return EnvironmentNotReadyError(
        f"`{' '.join(command)}` failed: {why}",
        where="compiling the page",
        remedy="npm fetches TypeScript and onnxruntime-web once: see that it reaches its registry, "
        "then try again",
    )
