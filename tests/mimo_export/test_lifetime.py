from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from mimo_export.lifetime import PARENT
from mimo_export.worker import Process

WAIT = "from mimo_export.lifetime import end_with_parent\nend_with_parent()\n"
# A search that takes longer than anyone waits, and lets no other thread of Python run meanwhile.
SPIN = "import re\nre.match('(a+)+$', 'a' * 60 + 'b')\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="another kernel cannot be asked")


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_process_whose_parent_is_gone_already_ends_at_once() -> None:
    script = f"{WAIT}import time\ntime.sleep(60)"
    environment = {**os.environ, PARENT: "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False, timeout=30)
    assert done.returncode == 1


def test_children_of_a_worker_do_not_take_its_parent_for_theirs() -> None:
    script = f"{WAIT}import os\nprint({PARENT!r} in os.environ)"
    environment = {**os.environ, PARENT: str(os.getpid())}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


@linux
def test_a_process_that_lets_no_thread_run_ends_with_its_parent() -> None:
    child = f"print(os.getpid(), flush=True)\n{SPIN}"
    parent = (
        "import os, signal, subprocess, sys, time\n"
        f"child = [sys.executable, '-c', {f'import os{chr(10)}{WAIT}{child}'!r}]\n"
        f"environment = {{**os.environ, {PARENT!r}: str(os.getpid())}}\n"
        "process = subprocess.Popen(child, env=environment, stdout=subprocess.PIPE)\n"
        "print(process.stdout.readline().decode(), flush=True)\n"
        "time.sleep(0.5)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", parent]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert gone(int(done.stdout))


def test_a_worker_goes_on_when_the_thread_that_started_it_has_ended() -> None:
    def start() -> None:
        # `calendar` answers nothing: it waits for the end of its input.
        started.append(Process("sleeper", "code", (), {}))

    started: list[Process] = []
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    with started[0] as process:
        time.sleep(0.3)
        assert process._process.poll() is None
