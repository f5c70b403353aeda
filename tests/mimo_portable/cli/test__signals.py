"""A request to end is answered as Ctrl-C is: the work is tidied up, and the exit code says why."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from mimo_portable.cli import list as list_
from mimo_portable.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_command_that_is_asked_to_end_tidies_up(monkeypatch, capsys, name):
    number, tidy = getattr(signal, name), []

    def run(_):
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)  # a second request does not stop this
            tidy.append(True)

    monkeypatch.setattr(list_, "run", run)
    assert main(["list"]) == 128 + number
    assert tidy == [True]
    assert capsys.readouterr().err == (f"error: ended by {name}; what was saved before is intact\n")
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_program_that_runs_a_command_keeps_its_own_handler(monkeypatch):
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(True))
    monkeypatch.setattr(list_, "run", lambda _: signal.raise_signal(signal.SIGTERM) or 0)
    try:
        assert main(["list"]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [True]


def test_a_command_runs_in_a_thread_too(monkeypatch):
    monkeypatch.setattr(list_, "run", lambda _: 0)
    codes = []
    thread = threading.Thread(target=lambda: codes.append(main(["list"])))
    thread.start()
    thread.join()
    assert codes == [0]
