"""How much memory a worker may take: a stranger's file shall not take the machine's.

The limit is one of address space (RLIMIT_AS), which the kernel knows on Linux alone. What a process
has mapped when a job begins is Keras and its backend; a job gets room on top of that which follows
from the size of what it reads.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mimo_export.errors import EnvironmentNotReadyError

ROOM = "MIMO_WORKER_GIB"
"""The variable with which a person gives workers more room, in GiB."""

_GIB = 2**30
_ROOM = 4 * _GIB
# Weights are read, unpacked, converted, traced, written, and held by several runtimes.
_PER_BYTE = 16
# Address space that the C library sets aside for each of a runtime's threads; little of it is used.
_PER_CORE = _GIB // 4
# What an export of a tiny model maps, measured on two cores with Keras 3.15.
_LEAST = {"jax": 2.5 * _GIB, "torch": 2.0 * _GIB, "tensorflow": 1.5 * _GIB}
_STATM = Path("/proc/self/statm")


def check_start(backend: str) -> None:
    """Refuse to import a backend into a process that has no memory for it.

    Imports that run out of memory may hang.

    Raises:
        EnvironmentNotReadyError: Says what there is and what is needed.
    """
    least = _LEAST.get(backend, 0)
    allowed = _allowed()
    if allowed < least:
        raise EnvironmentNotReadyError(
            f"this process may use {allowed / _GIB:.1f} GiB of memory, and Keras on {backend} "
            f"needs {least / _GIB:.1f}",
            where="the limit of address space (ulimit -v)",
            remedy="raise the limit, or lift it: ulimit -v unlimited",
        )


def limited(job: Callable[..., dict[str, Any]], **arguments: Any) -> dict[str, Any]:
    """Run a job with as much memory as what it reads can need.

    Raises:
        EnvironmentNotReadyError: That was too little.
    """
    source = arguments.get("source") or arguments.get("folder")
    if source is None:
        return job(**arguments)
    room = room_for(Path(source))
    try:
        with _at_most(room):
            return job(**arguments)
    except MemoryError as error:
        raise EnvironmentNotReadyError(
            f"memory ran out: a worker may take {room / _GIB:.1f} GiB for a file of this size",
            where=str(source),
            remedy="free memory, or allow more, in GiB, if you trust the file: "
            f"{ROOM}={2 * math.ceil(room / _GIB)}",
        ) from error


def room_for(source: Path) -> int:
    """Return how many bytes a job may take on top of what its process has already."""
    if ROOM in os.environ:
        return int(float(os.environ[ROOM]) * _GIB)
    files = source.rglob("*") if source.is_dir() else (source,)
    size = sum(file.stat().st_size for file in files if file.is_file())
    return _ROOM + _PER_BYTE * size + _PER_CORE * (os.cpu_count() or 1)


def _allowed() -> float:
    """Return how much address space this process may have; infinite where nothing limits it."""
    resource = _resource()
    if resource is None:
        return math.inf
    soft: int = resource.getrlimit(resource.RLIMIT_AS)[0]
    return math.inf if soft == resource.RLIM_INFINITY else soft


@contextlib.contextmanager
def _at_most(room: int) -> Iterator[None]:
    """Let this process map no more than so much on top of what it has."""
    resource = _resource()
    if resource is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    mapped = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    limits = [limit for limit in before if limit != resource.RLIM_INFINITY]
    wanted = min(mapped + room, *limits) if limits else mapped + room
    resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _resource() -> Any:
    """Return the module that sets limits; None where the kernel has no such limit."""
    if not _STATM.exists():
        return None
    import resource  # noqa: PLC0415 - Windows has none

    return resource
