"""End a worker with the process that started it.

Python's threads are no sure means: one that watches does not run before the imports, nor while a
framework's code holds the interpreter. So the kernel is asked as well, where it can be (Linux).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT = "MIMO_PARENT_PID"
"""The variable with the process number of a worker's parent."""

_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """End this process as soon as its parent has ended; at once when that is gone already."""
    # Not `getppid`: who started this process may have ended before this line.
    parent = int(os.environ.pop(PARENT, os.getppid()))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _leave_without(parent)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while True:
        time.sleep(_SECONDS)
        _leave_without(parent)


def _leave_without(parent: int) -> None:
    if os.getppid() != parent:
        os._exit(1)
