"""What the backend is called while a model is traced, and whose code asked.

`keras.backend.backend()` has one answer in a trace, so that a file does not depend on the framework
that is underneath. A library that knows the three frameworks alone, and asks, may then give up: the
error names the line that asked.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

from mimo_export.errors import UnsupportedOperationError

NAME = "onnx"
"""What `keras.backend.backend()` answers while a model is traced."""

_OURS = ("keras", "mimo_export")
_WRITE_WITH_OPS = (
    "write its call with keras.ops alone; for code that calls a framework directly, "
    "export/README.md, 'Add an operation', shows how to give it an ONNX form"
)


class _Here(threading.local):
    """The line outside of Keras that has asked last in this thread's trace."""

    asked = ""


_here = _Here()


def answer() -> str:
    """Return the name, and note who asks: the caller of the function that calls this one."""
    frame = sys._getframe(2)
    if str(frame.f_globals.get("__name__", "")).partition(".")[0] not in _OURS:
        _here.asked = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    return NAME


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Forget in the block who asked in an earlier trace."""
    _here.asked = ""
    try:
        yield
    finally:
        _here.asked = ""


def untraceable(place: str, error: Exception) -> UnsupportedOperationError:
    """Return the error of a layer whose own code raised in a trace.

    Args:
        place: The layer.
        error: What it raised.
    """
    remedy = _WRITE_WITH_OPS
    if _here.asked:
        remedy = (
            f"{_here.asked} asks keras.backend.backend(), which is '{NAME}' while a model is "
            f"traced: let it take keras.ops for a backend that it does not know; or {remedy}"
        )
    return UnsupportedOperationError(
        f"{place} cannot be traced: {type(error).__name__}: {error}", remedy=remedy
    )
