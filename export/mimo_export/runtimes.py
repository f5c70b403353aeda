"""Run golden vectors everywhere: onnxruntime here, TensorFlow and Keras's backends in workers."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mimo_export import manifest
from mimo_export.contract import Signature
from mimo_export.errors import MimoExportError
from mimo_export.golden import Case, read_arrays, read_cases
from mimo_export.report import Answers, run_onnx
from mimo_export.worker import BACKENDS, Worker, install_command, installed_backends

_NOT_ASKED = "it was not asked for: --all-backends, or `mimo-portable parity`"
UNASKED_SAVED_MODEL = "it is a program of whoever made it; --saved-model runs it"
"""Why a SavedModel that came with a bundle is left alone.

TensorFlow runs parts of it when it is loaded already, and they may read and write any file.
"""


class Pool:
    """Workers by backend, each started once, and a scratch folder; all gone when the block ends.

    Args:
        imports: Modules of the user that register their classes.
        own: A file that this process has written of a model in memory; see `archive_trust`.
        no_saved_model: Why a SavedModel is not run; empty where it may be, as one that was written
            here.
    """

    def __init__(
        self, imports: Sequence[str] = (), own: Path | None = None, *, no_saved_model: str = ""
    ) -> None:
        self.no_saved_model = no_saved_model
        self._imports, self._workers, self._own = tuple(imports), dict[str, Worker](), own
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def get(self, backend: str) -> Worker:
        """Return the worker of a backend; its start does not wait for the backend's import."""
        if backend not in self._workers:
            worker = Worker(backend, self._imports, own=self._own)
            self._workers[backend] = self._stack.enter_context(worker)
        return self._workers[backend]


def others(reference: str | None) -> tuple[str, ...]:
    """Return the installed backends besides the one that gives the expected values."""
    return tuple(name for name in installed_backends() if name != reference)


def collect(
    folder: Path,
    golden: Path,
    signature: Signature,
    reference: str | None,
    pool: Pool,
    *,
    all_backends: bool = True,
) -> tuple[Answers, ...]:
    """Run every golden vector through every runtime that a bundle's folder is for.

    Args:
        folder: Holds `model.onnx`, `saved_model` and `model.keras`, or some of them.
        golden: The data sets.
        signature: The contract.
        reference: The backend whose Keras gave the expected values; None leaves Keras out.
        pool: The workers.
        all_backends: Whether Keras's other backends are asked too.
    """
    cases = read_cases(golden, signature)
    request = {"signature": signature.to_dict(), "golden_folder": str(golden)}
    beside = (folder / manifest.PREPROCESSING).exists()
    place = Path(tempfile.mkdtemp(dir=pool.scratch))
    compared = BACKENDS if reference is not None else ()
    asked = [name for name in others(reference) if all_backends and name in compared]
    for name in asked:
        answers = str(place / f"keras-{name}")
        pool.get(name).send(
            "run keras",
            source=str(folder / manifest.KERAS),
            answers=answers,
            beside=beside,
            **request,
        )
    found: list[Answers] = []
    if (folder / manifest.ONNX).exists():
        found += run_onnx(folder / manifest.ONNX, cases, signature)
    spread = [
        _keras(name, place, cases, signature, pool, asked=name in asked)
        for name in compared
        if name != reference
    ]
    if (folder / manifest.SAVED_MODEL).exists():
        found += _saved_model(folder, place, cases, signature, request, pool)
    return (*found, *spread)


def _keras(
    backend: str,
    place: Path,
    cases: Sequence[Case],
    signature: Signature,
    pool: Pool,
    *,
    asked: bool,
) -> Answers:
    """Read how another of Keras's backends answers; it informs, and never gates."""
    name = f"keras-{backend}"
    if not asked:
        missing = backend not in installed_backends()
        reason = _not_installed(backend) if missing else _NOT_ASKED
        return Answers(name, not_run=reason, gates=False)
    try:
        pool.get(backend).receive()
        return _read(name, place / name, cases, signature, gates=False)
    except MimoExportError as error:
        return Answers(name, not_run=error.what, gates=False)


def _saved_model(
    folder: Path,
    place: Path,
    cases: Sequence[Case],
    signature: Signature,
    request: dict[str, Any],
    pool: Pool,
) -> list[Answers]:
    names = ("saved_model", "saved_model, TF1 loader")
    missing = "" if "tensorflow" in installed_backends() else _not_installed("tensorflow")
    if why := pool.no_saved_model or missing:
        return [Answers(name, not_run=why) for name in names]
    targets = [place / "saved_model", place / "saved_model_v1"]
    answer = pool.get("tensorflow").ask(
        "run saved_model",
        folder=str(folder / manifest.SAVED_MODEL),
        answers=[str(target) for target in targets],
        **request,
    )
    if answer["problems"]:
        return [Answers(names[0], problems=tuple(answer["problems"]))]
    return [
        _read(name, target, cases, signature) for name, target in zip(names, targets, strict=True)
    ]


def _read(
    name: str, folder: Path, cases: Sequence[Case], signature: Signature, *, gates: bool = True
) -> Answers:
    outputs = tuple(read_arrays(folder / case.name, "output", signature.outputs) for case in cases)
    return Answers(name, outputs, gates=gates)


def _not_installed(backend: str) -> str:
    return f"{backend} is not installed; {install_command(backend)}"
