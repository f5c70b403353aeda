"""Build generated C and C++ projects, as they are and under sanitizers."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from host_projects import MINUTES, run, verified

from mimo_export import export_bundle
from mimo_export.hosts.embed import embed_bundle
from mimo_export.hosts.language import Runtime, find_language

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
# What TensorFlow logs when it is loaded, about processors with AVX-512 alone.
LOGGED = re.compile(r"WARNING: All log messages before absl|[IW]\d{4} |To enable the following")
# On a busy machine a thread of TBB, inside of OpenVINO, does not end before the process.
LEAKS = Path(__file__).with_name("leaks_of_tbb.txt")
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-g")
# No Python package has onnxruntime's headers; this one of npm, a plugin for Unity, has them all.
HEADERS = "com.github.asus4.onnxruntime@0.4.9"
HEADERS_SHA256 = "1bddd979e97e291804aa4cf4460d196f94d46d4a0eaeb545f446e4198c31ef77"


@dataclass(frozen=True)
class Project:
    """A generated project and how it is built and run with one runtime.

    Attributes:
        folder: Of the project.
        language: "c" or "cpp".
        name: Of the runtime, as CMake knows it.
    """

    folder: Path
    language: str
    name: str

    @property
    def runtime(self) -> Runtime:
        """Return what the language says of the runtime."""
        wanted = f"{self.name}-{self.language}"
        return next(r for r in find_language(self.language).runtimes if r.name == wanted)

    @property
    def sanitized(self) -> Path:
        """Return where the programs under sanitizers are."""
        return self.folder / "build" / f"{self.name}-sanitized"

    def build(self) -> None:
        """Build as the README says."""
        for command in self.runtime.setup:
            run(self.folder, self.runtime, command)

    def build_sanitized(self) -> None:
        """Build with every warning an error and AddressSanitizer and UBSan in every program."""
        self.sanitized.mkdir(parents=True, exist_ok=True)
        shim = self.sanitized / "no_deepbind.o"
        source = Path(__file__).with_name("no_deepbind.c")
        run(self.folder, self.runtime, ("cc", "-c", str(source), "-o", str(shim)))
        flags = " ".join((*STRICT, *SANITIZE))
        run(
            self.folder,
            self.runtime,
            (
                *("cmake", "-S", ".", "-B", str(self.sanitized), f"-DRUNTIME={self.name}"),
                *(f"-DCMAKE_C_FLAGS={flags}", f"-DCMAKE_CXX_FLAGS={flags}"),
                f"-DCMAKE_EXE_LINKER_FLAGS={shim} -rdynamic",
            ),
        )
        run(self.folder, self.runtime, ("cmake", "--build", str(self.sanitized)))

    def call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program under sanitizers; a leak or a wrong access is exit code 1 and a report."""
        return subprocess.run(
            (str(self.sanitized / program), *arguments),
            cwd=self.folder,
            env={
                **os.environ,
                **self.runtime.environment,
                "LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0",
            },
            capture_output=True,
            text=True,
            timeout=60 * MINUTES,
            check=False,
        )

    def clean(self, program: str, *arguments: str) -> str:
        """Run a program under sanitizers, which must end well, and return what it printed."""
        ended = self.call(program, *arguments)
        shown = f"{program} ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        assert ended.returncode == 0, shown
        assert "Sanitizer" not in ended.stderr, shown
        return ended.stdout


def said(ended: subprocess.CompletedProcess[str]) -> str:
    """Return what a program wrote to standard error, without what its runtime logged."""
    lines = ended.stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not LOGGED.match(line))


def need(name: str) -> None:
    """Skip the test where a runtime's Python package is not installed."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"not run, because {name} is not installed")


def project(bundle: Path, language: str, name: str, folder: Path) -> Project:
    """Write a project around a bundle; skip the test where the runtime is not installed."""
    need(name)
    embed_bundle(bundle, language, folder)
    return Project(folder, language, name)


def texts_bundle(folder: Path, *formats: str) -> Path:
    """Export `texts_model` with its rules beside it; skip the test where there is no TensorFlow.

    That is done in another process: Keras has strings on TensorFlow alone.
    """
    need("tensorflow")
    code = (
        "import sys, host_models, mimo_export\n"
        "options = mimo_export.ExportOptions(preprocessing='beside')\n"
        "model = host_models.texts_model()\n"
        "mimo_export.export_bundle(model, sys.argv[1], formats=sys.argv[2:], options=options)\n"
    )
    subprocess.run(
        (sys.executable, "-c", code, str(folder), *formats),
        cwd=Path(__file__).parent,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        timeout=60 * MINUTES,
        check=True,
    )
    return folder


def small(keras_file: Path, language: str, name: str, folder: Path) -> Project:
    """Export a model with all that a runtime loads, and build a project around it; or skip."""
    need(name)
    formats = ("onnx", "saved_model") if name == "tensorflow" else ("onnx",)
    export_bundle(keras_file, folder / "bundle", formats=formats)
    made = project(folder / "bundle", language, name, folder / "project")
    made.build_sanitized()
    return made


def check_as_the_readme_says(project: Project) -> None:
    """Build a project without sanitizers, run its tests and hold it against Keras."""
    project.build()
    assert "100% tests passed" in run(project.folder, project.runtime, project.runtime.test)
    report = verified(project.folder, project.runtime)
    assert report["passed"] is True
    for row in report["outputs"]:
        assert row["status"] == "pass"
        assert row["values"] > 0
        assert row["passing_tolerance"] <= report["tolerance"]["atol"]


def prepare(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """Let CMake find this Python's packages, and onnxruntime's headers even where none are."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    monkeypatch.setenv("PATH", path)
    if "ONNXRUNTIME_ROOT" not in os.environ and not Path("/usr/include/onnxruntime").is_dir():
        monkeypatch.setenv("ONNXRUNTIME_ROOT", str(_fetched_headers(cache)))


def _fetched_headers(cache: Path) -> Path:
    """Return a folder whose `include` has onnxruntime's headers, fetched from npm once."""
    include = cache / "include"
    if not include.is_dir():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("not run, because there is no onnxruntime_c_api.h, and no npm to fetch it")
        packed = subprocess.run(
            (npm, "pack", "--json", HEADERS),
            cwd=cache,
            capture_output=True,
            text=True,
            timeout=60 * MINUTES,
            check=False,
        )
        if packed.returncode:
            pytest.skip(f"not run, because npm cannot fetch {HEADERS}: {packed.stderr[-300:]}")
        archive = cache / json.loads(packed.stdout)[0]["filename"]
        _unpack_headers(archive, include)
        archive.unlink()
    texts = (path.read_bytes() for path in sorted(include.glob("*.h")))
    assert hashlib.sha256(b"".join(texts)).hexdigest() == HEADERS_SHA256
    return cache


def _unpack_headers(archive: Path, include: Path) -> None:
    partial = include.with_name("partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    with tarfile.open(archive) as packed:
        for member in packed:
            path = Path(member.name)
            if path.match("ios-arm64/onnxruntime.framework/Headers/*.h"):
                content = packed.extractfile(member)
                assert content is not None
                (partial / path.name).write_bytes(content.read())
    partial.rename(include)
