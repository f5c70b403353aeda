from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from mimo_export import distributions, doctor
from mimo_export.doctor import Job, diagnose

EVERYTHING = {
    *("mimo-portable", "keras", "numpy", "onnx", "onnx-ir", "onnxruntime", "h5py"),
    *("jax", "torch", "tensorflow", "tf2onnx", "pillow", "pyarrow", "statsmodels"),
}


def installed(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    there = EVERYTHING - set(missing)

    def version(name: str) -> str:
        if name not in there:
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(distributions.metadata, "version", version)
    backends = tuple(name for name in ("jax", "torch", "tensorflow") if name in there)
    monkeypatch.setattr(doctor, "installed_backends", lambda: backends)


def test_with_everything_every_job_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    assert [(job.missing, job.command) for job in diagnose().jobs] == [("", "")] * 7


def test_the_plain_install_with_one_backend_exports_and_names_what_adds_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed(monkeypatch, "torch", "tensorflow", "tf2onnx")
    assert diagnose().jobs == (
        Job("predict, inspect, verify stored vectors"),
        Job("export to ONNX, verify fresh vectors"),
        Job("export to SavedModel", "tensorflow", "pip install 'mimo-portable[savedmodel]'"),
        Job(
            "second opinion through tf2onnx",
            "tensorflow, tf2onnx",
            "pip install 'mimo-portable[savedmodel]'",
        ),
        Job("train on jax"),
        Job("train on torch", "torch", "pip install 'mimo-portable[torch]'"),
        Job("train on tensorflow", "tensorflow", "pip install 'mimo-portable[tensorflow]'"),
    )


def test_without_a_backend_prediction_is_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "jax", "torch", "tensorflow")
    found = diagnose()
    assert [job.name for job in found.jobs if not job.missing] == [
        "predict, inspect, verify stored vectors"
    ]
    assert found.jobs[1] == Job(
        "export to ONNX, verify fresh vectors",
        "a backend: jax, torch or tensorflow",
        "pip install 'mimo-portable[jax]'",
    )
    assert found.usable


def test_packages_for_data_belong_to_training(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "torch", "tensorflow", "pillow")
    assert diagnose().jobs[4] == Job("train on jax", "pillow", "pip install 'mimo-portable[jax]'")


def test_without_onnxruntime_nothing_but_training_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "onnxruntime", "jax", "torch", "tensorflow")
    found = diagnose()
    assert found.jobs[1].missing == "onnxruntime"
    assert found.jobs[1].command == "pip install --force-reinstall mimo-portable"
    assert not found.usable


def test_versions_are_those_of_the_packages() -> None:
    packages = diagnose().packages
    assert packages["keras"] == distributions.version_of("keras")
    assert set(packages) == EVERYTHING


def test_a_folder_without_room_or_rights_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        doctor.shutil, "disk_usage", lambda _: doctor.shutil._ntuple_diskusage(9, 9, 0)
    )
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    assert diagnose(tmp_path).warnings == (
        "the current folder cannot be written: give --out and -o another one",
        "only 0 MiB of disk space are free here",
    )
