"""Whose code inside of `.keras` files this process may run.

A `Lambda` layer is Python code that its maker has put into the file. It runs when the model is
loaded and called, with everything that the person who loads it may do. So it is refused, but for
two kinds of files:

1. every file, where the person who started the process said so (`UNSAFE_LAMBDA`), or asks for one
   call of `load_keras`;
2. the one file that the process which started this one has itself written of a model in memory: its
   code runs there anyway. Trust goes to the bytes of that file, by their digest, and to the workers
   of one export: no other file has that digest, wherever it lies.

Every other rule of `mimo_export.archive_config` stays.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

UNSAFE_LAMBDA = "--unsafe-lambda"
"""The word of a worker's command line that stands for this, beside the modules to import."""

_VARIABLE = "MIMO_EXPORT_OWN_FILE"


@dataclass
class _Trust:
    lambdas: bool = False


_PROCESS = _Trust()


def trust_lambdas(*, trusted: bool = True) -> None:
    """Let the code of `Lambda` layers run in whatever this process loads from now on."""
    _PROCESS.lambdas = trusted


def environment_of(path: Path | None) -> Mapping[str, str]:
    """Return what tells a worker that a file is the caller's own; that none is, for None."""
    return {_VARIABLE: _digest(path) if path else ""}


def is_trusted(path: str | Path) -> bool:
    """Tell whether the code of `Lambda` layers in a file may run in this process."""
    return _PROCESS.lambdas or _is_own(Path(path))


def _is_own(path: Path) -> bool:
    expected = os.environ.get(_VARIABLE, "")
    return bool(expected) and path.is_file() and _digest(path) == expected


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
