"""Freed memory stays with the process that asks for it, and goes back otherwise."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from mimo_portable.training import memory

PIECE = 100 * 2**20
PROGRAM = f"""
import os

from mimo_portable.training import memory

def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

{{setting}}
before = held()
piece = b"x" * {PIECE}
del piece
print(held() - before)
"""


def held_after_freeing(setting: str) -> int:
    """Return how many bytes more a process holds after it freed a piece of 100 MiB."""
    program = PROGRAM.format(setting=setting)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc alone")
def test_freed_memory_is_kept_when_asked_to_and_given_back_otherwise():
    assert held_after_freeing("assert memory.keep_freed()") > 0.9 * PIECE
    assert held_after_freeing("") < 0.1 * PIECE


def test_with_another_c_library_nothing_is_done(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert memory.keep_freed() is False
