from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras
import pytest

from mimo_export import runtimes, worker
from mimo_export.golden import read_cases, write_answers
from mimo_export.manifest import open_bundle
from mimo_export.runtimes import Pool, collect, others
from mimo_export.worker import installed_backends

BACKEND = keras.backend.backend()


def names(bundle: Path, reference: str | None, **options: bool) -> dict[str, str]:
    opened = open_bundle(bundle)
    with Pool() as pool:
        golden = bundle / "golden"
        answers = collect(bundle, golden, opened.signature, reference, pool, **options)
    assert len({answer.runtime for answer in answers}) == len(answers)
    return {answer.runtime: answer.not_run for answer in answers}


def test_stored_vectors_need_onnxruntime_alone(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "installed_backends", tuple)
    assert names(exported, None) == {"onnxruntime": "", "onnxruntime, not optimised": ""}


@pytest.mark.usefixtures("alone")
def test_a_backend_that_is_not_installed_is_named_with_the_command_that_adds_it(
    exported: Path,
) -> None:
    missing = [name for name in ("jax", "torch", "tensorflow") if name != BACKEND]
    assert names(exported, BACKEND) == {
        "onnxruntime": "",
        "onnxruntime, not optimised": "",
        **{
            f"keras-{name}": f"{name} is not installed; pip install 'mimo-portable[{name}]'"
            for name in missing
        },
    }


def test_a_backend_that_is_not_asked_for_says_how_to_ask(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No worker can start: the real list, which workers read, has this backend alone.
    monkeypatch.setattr(worker, "installed_backends", lambda: (BACKEND,))
    monkeypatch.setattr(runtimes, "installed_backends", lambda: worker.BACKENDS)
    why = "it was not asked for: --all-backends, or `mimo-portable parity`"
    found = names(exported, BACKEND, all_backends=False)
    assert {name: reason for name, reason in found.items() if reason} == {
        f"keras-{name}": why for name in worker.BACKENDS if name != BACKEND
    }


@pytest.mark.usefixtures("alone")
def test_a_saved_model_without_tensorflow_is_not_run(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "installed_backends", tuple)
    (bundle / "saved_model").mkdir()
    why = "tensorflow is not installed; pip install 'mimo-portable[tensorflow]'"
    found = names(bundle, None)
    assert found["saved_model"] == found["saved_model, TF1 loader"] == why


@pytest.mark.skipif(len(installed_backends()) < 2, reason="needs a second backend")
def test_a_backend_that_cannot_load_the_model_is_not_run_with_the_reason(bundle: Path) -> None:
    other = others(BACKEND)[0]
    (bundle / "model.keras").write_bytes(b"damaged")
    assert names(bundle, BACKEND)[f"keras-{other}"] == ("not a .keras file: it is no zip archive")


def test_workers_and_scratch_folder_are_gone_after_the_block() -> None:
    with Pool() as pool:
        worker = pool.get(BACKEND)
        assert pool.get(BACKEND) is worker
        scratch = pool.scratch
        pid = worker._process.pid
    assert not scratch.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_backend_whose_answer_is_of_another_dtype_informs_and_does_not_end_the_report(
    bundle: Path, tmp_path: Path
) -> None:
    opened = open_bundle(bundle)
    cases = read_cases(bundle / "golden", opened.signature)
    wrong = [{name: value.astype("uint8") for name, value in c.outputs.items()} for c in cases]
    write_answers(tmp_path / "keras-torch", cases, wrong, opened.signature)

    class Answered:
        def get(self, _: str) -> Answered:
            return self

        def receive(self) -> None:
            return None

    place: Any = ("torch", tmp_path, cases, opened.signature, Answered())
    found = runtimes._keras(*place, asked=True)
    assert not found.gates
    assert found.not_run.startswith("a golden vector is uint8[")
