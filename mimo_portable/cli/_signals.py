"""Requests to end a command (SIGTERM, SIGHUP), answered as Ctrl-C is: tidy up, then go."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

_NAMES = ("SIGTERM", "SIGHUP")


class Terminated(BaseException):
    """Somebody has asked this process to end.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Raise `Terminated` in the block when a request comes; leave handlers of others alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _raise(number: int, _frame: Any) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # a second one must not stop the tidying up
    raise Terminated(number)
