"""Run jobs in other processes, because Keras chooses its backend once per process.

A worker is `python -m mimo_export._worker` with `KERAS_BACKEND` set. It starts to import Keras at
once, so that several of them warm up side by side, and then answers requests, one line of JSON
each; arrays travel as files. Whatever frameworks print goes to a log that is shown only when a
worker dies.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from mimo_export import errors
from mimo_export.archive_trust import environment_of
from mimo_export.lifetime import PARENT
from mimo_export.memory import ROOM

BACKENDS = ("jax", "torch", "tensorflow")
"""Keras's backends that can train, the lightest first."""

_TIMEOUT_SECONDS = 3600.0
_EXIT_SECONDS = 10.0
# What is verified must not depend on this machine's accelerator, which may round to fewer bits.
_ON_THE_CPU = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
_LOG_LINES = 40
# How Python, C++, and Keras's backends say so.
_NO_MEMORY = re.compile(
    r"MemoryError|bad_alloc|RESOURCE_EXHAUSTED|ResourceExhausted|not enough memory|"
    r"Cannot allocate memory|Unable to allocate|failed to map segment|start new thread"
)


def installed_backends() -> tuple[str, ...]:
    """Return the backends whose package is there (nothing is imported)."""
    return tuple(name for name in BACKENDS if importlib.util.find_spec(name) is not None)


def install_command(backend: str) -> str:
    """Return what a user types to get a backend."""
    return f"pip install 'mimo-portable[{backend}]'"


def choose_backend(*wanted: str | None) -> str:
    """Return the first of the wanted backends that is installed, else the first installed one.

    Raises:
        EnvironmentNotReadyError: There is none at all.
    """
    installed = installed_backends()
    for name in (*wanted, *installed):
        if name in installed:
            return str(name)
    raise errors.EnvironmentNotReadyError(
        "Keras has no backend to run on: none of jax, torch, tensorflow is installed",
        remedy=install_command("jax"),
    )


class Process:
    """One process that answers requests; leaving the `with` block ends it, whatever happened.

    Args:
        title: What it is called in messages.
        module: What Python runs there: something that calls `mimo_export._worker.serve`.
        words: Of its command line.
        environment: Variables besides those of this process.
        timeout: Seconds that one request may take.
    """

    def __init__(
        self,
        title: str,
        module: str,
        words: Sequence[str],
        environment: Mapping[str, str],
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        self.title, self._timeout = title, timeout
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        # Linux ends a process with the thread that started it, which may end before this one does:
        # so it has a thread of its own.
        self._starter = ThreadPoolExecutor(1)
        self._process = self._starter.submit(
            subprocess.Popen,
            [sys.executable, "-m", module, *words],
            env={**os.environ, **_ON_THE_CPU, **environment, PARENT: str(os.getpid())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            # Ctrl-C reaches this process alone, which then ends its workers in an orderly way.
            start_new_session=True,
        ).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # What is still in the pipe's buffer has nobody to go to.
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()
        self._starter.shutdown()
        self._log.close()

    def ask(self, job: str, **arguments: Any) -> dict[str, Any]:
        """Run one job and wait for its answer.

        Raises:
            MimoExportError: Of the same type and text as the one that was raised in the worker.
            OSError: The same: a full disk there is a full disk here.
            WorkerError: The process ended, or took longer than the timeout.
        """
        self.send(job, **arguments)
        return self.receive()

    def send(self, job: str, **arguments: Any) -> None:
        """Start a job; `receive` waits for its answer."""
        self._job = job
        line = json.dumps({"job": job, "arguments": arguments}) + "\n"
        # A worker that has died already is reported by `receive`, which can say why.
        with contextlib.suppress(BrokenPipeError):
            _pipe(self._process.stdin).write(line.encode())
            _pipe(self._process.stdin).flush()

    def receive(self) -> dict[str, Any]:
        """Wait for the answer to what was sent; see `ask`."""
        timed_out = threading.Event()

        def end() -> None:
            timed_out.set()
            self._process.kill()

        timer = threading.Timer(self._timeout, end)
        # Ctrl-C may come while it starts: one that is left running must not keep this process.
        timer.daemon = True
        try:
            timer.start()
            line = _pipe(self._process.stdout).readline()
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            raise self._silence(timed_out=timed_out.is_set())
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise _rebuilt(answer["error"])
        return dict(answer["result"])

    def _silence(self, *, timed_out: bool) -> errors.WorkerError:
        # It has closed its end and is on its way out; its exit code is not there yet.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_EXIT_SECONDS)
        self._process.kill()
        code = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        end = "\n".join(f"    {line}" for line in lines[-_LOG_LINES:])
        remedy = "free memory, close other programs, or use a smaller model"
        if timed_out:
            how = f"was ended after {self._timeout:g} seconds without an answer"
        elif code == -9:
            how = "was killed, most likely because memory ran out"
        elif _NO_MEMORY.search(end):
            how = f"ended with exit code {code}, because memory ran out"
            remedy += f"; {ROOM}=N lets workers take N GiB"
        elif code < 0:  # a library that is refused memory ends its process as it likes
            how = f"was ended by signal {-code}, which may be because memory ran out"
            remedy += f"; {ROOM}=N lets workers take N GiB; if it is not that, please report it"
        else:
            how = f"ended with exit code {code}"
            remedy = "the log's last line says why; if it is no layer of yours, please report it"
        return errors.WorkerError(
            f"the {self.title} {how}",
            where=f"job '{self._job}'" + (f"; the end of its log:\n{end}" if end else ""),
            remedy=remedy,
        )


class Worker(Process):
    """One process with one of Keras's backends, which runs the jobs of `mimo_export.jobs`.

    Args:
        backend: "jax", "torch" or "tensorflow".
        imports: Modules of the user that register his classes, and what he trusts
            (`mimo_export.archive_trust`).
        timeout: Seconds that one request may take.
        own: A file that this process has written of a model in memory, whose code may run there.
    """

    def __init__(
        self,
        backend: str,
        imports: Sequence[str] = (),
        timeout: float = _TIMEOUT_SECONDS,
        own: Path | None = None,
    ) -> None:
        if backend not in installed_backends():
            raise errors.EnvironmentNotReadyError(
                f"the {backend} backend is not installed", remedy=install_command(backend)
            )
        variables = {"KERAS_BACKEND": backend, **environment_of(own)}
        super().__init__(f"{backend} worker", "mimo_export._worker", imports, variables, timeout)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("Developer: the worker's pipes are always asked for")
    return pipe


def _rebuilt(error: dict[str, Any]) -> Exception:
    """Return the exception that a worker has written down."""
    if error["type"] == "OSError":
        return OSError(error["errno"], error["what"], error["filename"])
    kind: type[errors.MimoExportError] = getattr(errors, error["type"])
    return kind(error["what"], where=error["where"], remedy=error["remedy"])
