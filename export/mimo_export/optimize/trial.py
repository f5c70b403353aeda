"""Find out by trying whether onnxruntime can load and run a file as a bundle's contract wants.

Files that its own tools write can end the process that loads them: onnxruntime 1.32 does so with a
Transpose behind an 8-bit Gather. So they are tried in another one.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from mimo_export.bench.measure import reason
from mimo_export.errors import WorkerError
from mimo_export.worker import Process


class Trial:
    """Tries files on a bundle's golden vectors, with onnxruntime's optimisations and without.

    Args:
        folder: The bundle.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.absolute())
        self._process: Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def problem(self, path: Path) -> str:
        """Return why a file cannot be used; empty where it can."""
        if self._process is None:
            self._process = Process("trial", "mimo_export.optimize._host", (), {})
        try:
            answer = self._process.ask("try", path=str(path.absolute()), folder=self._folder)
        except WorkerError as error:
            self._end()
            return f"it ends onnxruntime: {reason(error)}"
        return str(answer["problem"])

    def _end(self) -> None:
        if self._process is not None:
            self._process.__exit__(None, None, None)
            self._process = None
