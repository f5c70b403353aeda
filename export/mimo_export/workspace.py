"""A folder to work in beside a target, which goes when its owner does, however that ends.

A process that is killed cannot tidy up. So each folder is locked by its owner for as long as that
lives, and whoever works beside it later removes those that nobody holds. Where the system has no
such locks (Windows), a killed process leaves its folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mimo_export.errors import BundleError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX = ".mimo-work-"
_NAME, _OLD = "target", "old"


@contextlib.contextmanager
def workspace(target: Path) -> Iterator[Path]:
    """Give a fresh folder beside a target, and remove it and what dead owners left at the end.

    Raises:
        BundleError: Another process or thread is at work on the same target.
    """
    with contextlib.ExitStack() as stack:
        with _locked(target.parent, wait=True):
            _sweep(target)
            work = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=target.parent))
            stack.callback(shutil.rmtree, work, ignore_errors=True)
            stack.enter_context(_locked(work, wait=True))
            (work / _NAME).write_text(target.name, encoding="utf-8", errors="surrogateescape")
        yield work


def aside(work: Path) -> Path:
    """Return where in its folder an owner puts what was at the target, if it has to."""
    return work / _OLD


def _sweep(target: Path) -> None:
    if fcntl is None:
        return
    for work in target.parent.glob(f"{_PREFIX}*"):
        with _locked(work, wait=False) as dead:
            owned = _target_of(work)
            if dead:
                _put_back(work, owned)
                shutil.rmtree(work, ignore_errors=True)
            elif owned == target:
                raise BundleError(
                    "another process is writing there at the moment",
                    where=str(target),
                    remedy="wait until it has ended, or choose another folder",
                )


def _target_of(work: Path) -> Path | None:
    try:
        name = (work / _NAME).read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:  # its owner has not come so far, or is about to leave
        return None
    return work.parent / name


def _put_back(work: Path, target: Path | None) -> None:
    """Put back what an owner had put aside when it died."""
    if target is not None and aside(work).exists() and not target.exists():
        aside(work).rename(target)


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a folder's lock inside the block, if it can be had; tell whether it could."""
    if fcntl is None:
        yield True
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:  # its owner has just removed it
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
