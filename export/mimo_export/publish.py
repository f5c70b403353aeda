"""Put a finished folder in its place: a reader finds the old one or the new one, never a part.

The folder is made beside its target, on the same file system, and flushed to the disk. Where the
system can swap two folders in one step (Linux), that is what happens; elsewhere the old one steps
aside first, and comes back if the new one cannot take its place.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from mimo_export.workspace import aside, workspace

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextlib.contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Give a fresh folder beside `target` that takes its place when the block ends well.

    When the block raises, be it Ctrl-C or a full disk, the fresh folder goes and `target` stays.

    Raises:
        BundleError: Another process or thread is writing `target`.
    """
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with workspace(target) as work:
        fresh = work / "new"
        fresh.mkdir()
        yield fresh
        _flush(fresh)
        _replace(fresh, target, aside(work))
        _flush_folder(target.parent)


def _replace(fresh: Path, target: Path, aside: Path) -> None:
    if not target.exists():
        fresh.rename(target)
    elif not _exchanged(fresh, target):
        target.rename(aside)
        try:
            fresh.rename(target)
        except BaseException:
            aside.rename(target)
            raise


def _exchanged(one: Path, other: Path) -> bool:
    """Swap two folders in one step; tell whether this system and this file system could."""
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    names = os.fsencode(one), os.fsencode(other)
    return bool(library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)


def _flush(folder: Path) -> None:
    """Write every file and folder through to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _flush_folder(path)
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows cannot open a folder
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
