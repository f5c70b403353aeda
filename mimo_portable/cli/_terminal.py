"""The one place that a command line prints through: control characters stay text.

What verbs, argparse and libraries write while `main` runs goes through `guarded`, so that no verb
has to remember that a name may come from a stranger's file.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from mimo_portable.printable import printable


class _Guard:
    """A stream whose text is made printable; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(printable(text))
        return len(text)

    def erase_line(self) -> None:
        """Write the one control sequence that is ours: what comes next replaces the line."""
        self._stream.write("\r\x1b[K")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Let standard output and standard error hold no control characters but the end of a line."""
    with contextlib.ExitStack() as stack:
        for stream, redirect in (
            (sys.stdout, contextlib.redirect_stdout),
            (sys.stderr, contextlib.redirect_stderr),
        ):
            if stream is not None:
                stack.enter_context(redirect(cast("TextIO", _Guard(stream))))
        yield


def erase_line() -> None:
    """Let what standard error gets next replace its last line, where that is on a terminal."""
    if not sys.stderr.isatty():
        return
    if isinstance(sys.stderr, _Guard):
        sys.stderr.erase_line()
    else:
        sys.stderr.write("\r\x1b[K")
