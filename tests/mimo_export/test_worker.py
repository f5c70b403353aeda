"""A stand-in for Keras makes these workers start at once; `test_jobs.py` uses the real one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mimo_export import worker
from mimo_export.errors import EnvironmentNotReadyError, InputError, ModelFileError, WorkerError
from mimo_export.worker import Worker, choose_backend, installed_backends

BACKEND = installed_backends()[0]
REMEDY = "free memory, close other programs, or use a smaller model"

JOBS = """
import os, signal, sys, time, types
from mimo_export.errors import InputError

class Narrower(InputError):
    pass

def answer(**arguments):
    print("noise on standard output")
    os.system("echo noise of a child process")
    return {"backend": os.environ["KERAS_BACKEND"], "pid": os.getpid(), **arguments}

def refuse():
    raise Narrower("bad", where="here", remedy="do better")

def fill():
    raise OSError(28, "No space left on device", "/there/model.onnx")

def crash():
    print("the last words", file=sys.stderr)
    raise ZeroDivisionError("a bug")

def exhaust():
    raise RuntimeError("[enforce fail at alloc_cpu.cpp] not enough memory: 16 GB")

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def abort():
    os.abort()

def hang():
    time.sleep(60)

names = (answer, refuse, fill, crash, exhaust, kill, abort, hang)
sys.modules["mimo_export.jobs"] = types.SimpleNamespace(JOBS={f.__name__: f for f in names})
"""


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Let workers find a Keras that brings the jobs before all others; give what to import."""
    (tmp_path / "keras.py").write_text(JOBS)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    )
    return ("keras",)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_worker_answers_several_requests_on_its_backend(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process:
        first, second = process.ask("answer", x=1), process.ask("answer", x=[2, "zwei"])
    assert (first["backend"], first["x"], second["x"]) == (BACKEND, 1, [2, "zwei"])
    assert first["pid"] == second["pid"] != os.getpid()


def test_leaving_the_block_ends_the_process(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process:
        pid = process.ask("answer")["pid"]
        process.send("hang")
    assert gone(pid)


def test_an_error_for_users_comes_back_as_it_was_raised(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process:
        with pytest.raises(InputError) as caught:
            process.ask("refuse")
        assert process.ask("answer", x=3)["x"] == 3
    assert type(caught.value) is InputError
    assert str(caught.value) == "bad\n  where:  here\n  remedy: do better"


def test_a_full_disk_comes_back_as_one(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process, pytest.raises(OSError, match="No space left") as caught:
        process.ask("fill")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/there/model.onnx")


def test_a_crash_shows_the_end_of_the_log(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process, pytest.raises(WorkerError) as caught:
        process.ask("crash")
    assert caught.value.what == f"the {BACKEND} worker ended with exit code 1"
    assert caught.value.where.startswith("job 'crash'; the end of its log:\n    ")
    assert "    the last words\n" in caught.value.where
    assert caught.value.where.endswith("\n    ZeroDivisionError: a bug")
    assert caught.value.remedy == (
        "the log's last line says why; if it is no layer of yours, please report it"
    )


def test_a_framework_that_has_no_memory_left_is_recognised(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process, pytest.raises(WorkerError) as caught:
        process.ask("exhaust")
    what = f"the {BACKEND} worker ended with exit code 1, because memory ran out"
    assert caught.value.what == what
    assert caught.value.remedy == f"{REMEDY}; MIMO_WORKER_GIB=N lets workers take N GiB"


def test_a_killed_worker_is_recognised(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process, pytest.raises(WorkerError) as caught:
        process.ask("kill")
    assert str(caught.value) == (
        f"the {BACKEND} worker was killed, most likely because memory ran out\n"
        f"  where:  job 'kill'\n  remedy: {REMEDY}"
    )


def test_a_library_that_ends_its_process_may_have_had_no_memory(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs) as process, pytest.raises(WorkerError) as caught:
        process.ask("abort")
    assert caught.value.what == (
        f"the {BACKEND} worker was ended by signal 6, which may be because memory ran out"
    )
    assert caught.value.remedy == (
        f"{REMEDY}; MIMO_WORKER_GIB=N lets workers take N GiB; if it is not that, please report it"
    )


def test_a_worker_that_hangs_is_ended(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, jobs, timeout=2) as process, pytest.raises(WorkerError) as caught:
        process.ask("hang")
    assert str(caught.value) == (
        f"the {BACKEND} worker was ended after 2 seconds without an answer\n"
        f"  where:  job 'hang'\n  remedy: {REMEDY}"
    )


def test_a_module_that_is_not_there_is_named(jobs: tuple[str, ...]) -> None:
    with Worker(BACKEND, ("no_such_module",)) as process, pytest.raises(ModelFileError) as caught:
        process.ask("answer")
    assert str(caught.value) == (
        "the module 'no_such_module' cannot be imported: No module named 'no_such_module'\n"
        "  where:  --import\n"
        "  remedy: run the command from the folder that holds it, or install it"
    )


def test_a_worker_does_not_outlive_a_parent_that_was_killed(
    jobs: tuple[str, ...], tmp_path: Path
) -> None:
    script = (
        "import os, signal\n"
        "from mimo_export.worker import Worker\n"
        f"process = Worker({BACKEND!r}, {jobs!r})\n"
        "print(process.ask('answer')['pid'], flush=True)\n"
        "process.send('hang')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    pid = int(done.stdout)
    for _ in range(100):
        if gone(pid):
            return
        time.sleep(0.1)
    pytest.fail("the worker is still there")


def test_a_backend_that_is_not_installed_names_the_command_that_adds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "installed_backends", lambda: ("jax",))
    with pytest.raises(EnvironmentNotReadyError) as caught:
        Worker("torch")
    assert str(caught.value) == (
        "the torch backend is not installed\n  remedy: pip install 'mimo-portable[torch]'"
    )


def test_the_first_wanted_backend_that_is_there_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "installed_backends", lambda: ("jax", "tensorflow"))
    assert choose_backend("torch", None, "tensorflow") == "tensorflow"
    assert choose_backend(None) == "jax"


def test_without_any_backend_the_command_that_adds_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "installed_backends", tuple)
    with pytest.raises(EnvironmentNotReadyError) as caught:
        choose_backend("jax")
    assert str(caught.value) == (
        "Keras has no backend to run on: none of jax, torch, tensorflow is installed\n"
        "  remedy: pip install 'mimo-portable[jax]'"
    )
