from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mimo_export import memory
from mimo_export.errors import EnvironmentNotReadyError
from mimo_export.memory import limited, room_for
from mimo_export.worker import installed_backends

MIB = 2**20
linux = pytest.mark.skipif(sys.platform != "linux", reason="no limit of address space")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "model.keras"
    path.write_bytes(bytes(1000))
    return path


def take(size: int, **_: Any) -> dict[str, Any]:
    return {"taken": len(bytearray(size))}


def allowed() -> tuple[int, int]:
    import resource  # noqa: PLC0415 - Windows has none

    return resource.getrlimit(resource.RLIMIT_AS)


@linux
def test_a_job_gets_room_and_no_more(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMO_WORKER_GIB", "0.125")
    before = allowed()
    assert limited(take, source=str(source), size=MIB) == {"taken": MIB}
    with pytest.raises(EnvironmentNotReadyError) as caught:
        limited(take, source=str(source), size=200 * MIB)
    assert str(caught.value) == (
        "memory ran out: a worker may take 0.1 GiB for a file of this size\n"
        f"  where:  {source}\n"
        "  remedy: free memory, or allow more, in GiB, if you trust the file: MIMO_WORKER_GIB=2"
    )
    assert allowed() == before
    assert limited(take, size=200 * MIB) == {"taken": 200 * MIB}


def test_room_follows_the_size_of_what_is_read(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert room_for(source) == 5 * 2**30 + 16_000
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "words").write_bytes(bytes(10))
    assert room_for(tmp_path) == 5 * 2**30 + 16_160
    monkeypatch.setenv("MIMO_WORKER_GIB", "1.5")
    assert room_for(source) == 1.5 * 2**30


@linux
@pytest.mark.parametrize("backend", installed_backends())
def test_a_worker_without_memory_says_so_at_once(backend: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"ulimit -v 600000; exec {sys.executable} -m mimo_export._worker"],  # noqa: S607
        input=json.dumps({"job": "inspect", "arguments": {"source": "x.keras"}}) + "\n",
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    needed = memory._LEAST[backend] / 2**30
    assert json.loads(done.stdout) == {
        "error": {
            "type": "EnvironmentNotReadyError",
            "what": f"this process may use 0.6 GiB of memory, and Keras on {backend} needs "
            f"{needed:.1f}",
            "where": "the limit of address space (ulimit -v)",
            "remedy": "raise the limit, or lift it: ulimit -v unlimited",
        }
    }
