from __future__ import annotations

from pathlib import Path

import pytest

from mimo_export.bench.runner import all_cores, environment


def test_one_thread_is_told_to_every_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--mine")
    found = environment(1, Path("scratch"))
    assert found == {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NPROC": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "XLA_FLAGS": "--mine --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
        "TORCHINDUCTOR_CACHE_DIR": str(Path("scratch") / "inductor-1"),
    }


def test_several_threads_leave_xla_alone() -> None:
    assert "XLA_FLAGS" not in environment(4, Path("scratch"))


def test_there_is_a_core() -> None:
    assert all_cores() >= 1
