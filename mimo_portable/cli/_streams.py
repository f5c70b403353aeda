"""Standard streams as a command may find them: closed, full, gone, or of another alphabet."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from mimo_portable.errors import MimoPortableError

OUTPUT = "standard output"
"""What an error calls it where it would name a file."""


class _Output:
    """Standard output, whose errors say that it is that.

    An error that a writer has swallowed, as argparse does, comes again with the next flush.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._error: OSError | None = None

    def write(self, text: str) -> Any:
        """Write a text."""
        with self._noted(), _named():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write what has been kept back.

        Raises:
            OSError: That, or what was written before, has not arrived.
        """
        if self._error is not None:
            raise self._error
        with self._noted(), _named():
            self._stream.flush()

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._error = error
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Let the standard streams be ones that can be written to in the block, whatever a text holds.

    A letter that the terminal's alphabet has not is written as its number.

    Raises:
        MimoPortableError: Standard output is closed.
    """
    before = sys.stdout
    # What a process opens first takes the number of a closed stream, and frameworks print there.
    for number in range(3):
        if not _is_open(number):
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - to the end
    if before is None:
        raise MimoPortableError(
            "standard output is closed",
            remedy="let it go to a terminal, a file, a pipe or /dev/null",
        )
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a program may put others there
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    sys.stdout = cast(TextIO, _Output(before))
    try:
        yield
    finally:
        sys.stdout = before


def give_up_output() -> None:
    """Let what is still to be printed go nowhere, as it cannot be written."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a file
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


@contextlib.contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, OUTPUT) from error


def can_print(text: str) -> bool:
    """Whether standard output's alphabet has every letter of a text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
