"""Files that are whole or not there: written beside their place, and renamed when they are done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, which takes the place of `path` when it is whole and on the disk.

    Whatever goes wrong before, a full disk or an interruption, leaves what was there untouched.
    """
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        with partial.open("r+b") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, document: Any) -> None:
    """Write one JSON document, UTF-8, in one step."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    with replacing(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
