"""Files that are whole or not there: written beside their place, and renamed when they are done."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LONGEST = 240  # bytes; file systems take 255


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, which takes the place of `path` when it is whole and on the disk.

    Whatever goes wrong before, a full disk or an interruption, leaves what was there untouched.
    """
    partial = path.with_name(f".partial-{_short(path.name)}")
    try:
        yield partial
        with partial.open("r+b") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _short(name: str) -> str:
    """Return a name, or what stands for one that leaves no room for letters before it."""
    whole = os.fsencode(name)
    return name if len(whole) <= _LONGEST else hashlib.sha256(whole).hexdigest()


def write_json(path: Path, document: Any) -> None:
    """Write one JSON document, UTF-8, in one step."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    with replacing(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
