"""Find out what this machine can do, and the command that adds the rest, importing nothing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from mimo_export.distributions import version_of
from mimo_export.worker import BACKENDS, install_command, installed_backends

_ALWAYS = ("mimo-portable", "keras", "numpy", "onnx", "onnx-ir", "onnxruntime", "h5py")
_OPTIONAL = ("jax", "torch", "tensorflow", "tf2onnx", "pillow", "pyarrow", "statsmodels")
_DATA_PACKAGES = ("pillow", "pyarrow", "statsmodels")
_LOW_DISK_BYTES = 2**30


@dataclass(frozen=True)
class Job:
    """Something a user may want to do, and what it lacks here.

    Attributes:
        name: What it is.
        missing: What it lacks; empty when it can be done.
        command: What adds it.
    """

    name: str
    missing: str = ""
    command: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What is installed and what can be done.

    Attributes:
        python: Version and path of the interpreter.
        system: Operating system and processor.
        packages: Versions of what is there; empty text for what is not.
        jobs: What can be done.
        free_bytes: Free disk space at the current folder.
        writable: Whether the current folder can be written.
    """

    python: str
    system: str
    packages: dict[str, str]
    jobs: tuple[Job, ...]
    free_bytes: int
    writable: bool

    @property
    def usable(self) -> bool:
        """Tell whether anything at all can be done here."""
        return any(not job.missing for job in self.jobs)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is wrong with the current folder."""
        found = []
        if not self.writable:
            found.append("the current folder cannot be written: give --out and -o another one")
        if self.free_bytes < _LOW_DISK_BYTES:
            found.append(f"only {self.free_bytes / 2**20:.0f} MiB of disk space are free here")
        return tuple(found)


def diagnose(folder: Path | None = None) -> Diagnosis:
    """Look at the packages, the disk and the rights of a folder (the current one when None)."""
    folder = folder or Path.cwd()
    packages = {name: version_of(name) for name in (*_ALWAYS, *_OPTIONAL)}
    return Diagnosis(
        python=f"{platform.python_version()} ({sys.executable})",
        system=f"{platform.system()} {platform.machine()}",
        packages=packages,
        jobs=_jobs(packages),
        free_bytes=shutil.disk_usage(folder).free,
        writable=os.access(folder, os.W_OK),
    )


def _jobs(packages: dict[str, str]) -> tuple[Job, ...]:
    backends = installed_backends()
    reinstall = "pip install --force-reinstall mimo-portable"
    runs_onnx = _job("predict, inspect, verify stored vectors", packages, _ALWAYS, reinstall)
    some = "" if backends else "a backend: jax, torch or tensorflow"
    export = Job(
        "export to ONNX, verify fresh vectors",
        runs_onnx.missing or some,
        runs_onnx.command if runs_onnx.missing else install_command("jax") if some else "",
    )
    lacking = [name for name in _DATA_PACKAGES if not packages[name]]
    train = tuple(
        Job(
            f"train on {name}",
            ", ".join([*([] if name in backends else [name]), *lacking]),
            "" if name in backends and not lacking else install_command(name),
        )
        for name in BACKENDS
    )
    saved = install_command("savedmodel")
    return (
        runs_onnx,
        export,
        _job("export to SavedModel", packages, ("tensorflow",), saved),
        _job("second opinion through tf2onnx", packages, ("tensorflow", "tf2onnx"), saved),
        *train,
    )


def _job(name: str, packages: dict[str, str], needs: tuple[str, ...], command: str) -> Job:
    missing = [need for need in needs if not packages[need]]
    return Job(name, ", ".join(missing), command if missing else "")
