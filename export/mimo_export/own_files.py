"""Files that this process has itself written of a model in memory, which its workers may trust.

A `Lambda` of such a model is the caller's own code, and runs in his process anyway; a worker that
writes the SavedModel has to run it too. Trust goes to the bytes of one file, by its digest, and to
the workers of one export: no other file has that digest, wherever it lies.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

_VARIABLE = "MIMO_EXPORT_OWN_FILE"


def environment_of(path: Path | None) -> Mapping[str, str]:
    """Return what tells a worker that a file is the caller's own; that none is, for None."""
    return {_VARIABLE: _digest(path) if path else ""}


def is_own(path: str | Path) -> bool:
    """Tell whether the process that started this one has written the very bytes of a file."""
    expected = os.environ.get(_VARIABLE, "")
    return bool(expected) and Path(path).is_file() and _digest(Path(path)) == expected


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
