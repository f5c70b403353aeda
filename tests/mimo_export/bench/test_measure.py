from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimo_export.bench import measure
from mimo_export.bench.measure import Settings, bench_bundle, compare, reason
from mimo_export.bench.peers import OURS, PEERS, Peer, chosen
from mimo_export.bench.report import Bench
from mimo_export.bench.samples import Samples
from mimo_export.bench.turns import Effort
from mimo_export.compare import Tolerance
from mimo_export.errors import BundleError, WorkerError
from mimo_export.golden import Case
from mimo_export.manifest import open_bundle

SMALL = Settings(batches=(1, 20), threads=(1,), effort=Effort(rounds=2, seconds=0.001))


def bench(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, *peers: Peer, settings: Settings = SMALL
) -> Bench:
    monkeypatch.setattr(measure, "chosen", lambda _names: (PEERS[0], *peers))
    return bench_bundle(bundle, settings)


def test_ours_is_timed_at_every_batch(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = bench(bundle, monkeypatch)
    assert [(c.peer, c.batch, c.threads) for c in found.cells] == [(OURS, 1, 1), (OURS, 20, 1)]
    for cell in found.cells:
        assert cell.milliseconds is not None
        assert cell.ratio is not None
        assert (cell.ratio.median, cell.ratio.count) == (1.0, 2)
    assert found.passed
    assert found.facts[0].nodes
    assert found.starts[0].peak_bytes


def test_a_missing_a_broken_and_a_wrong_peer_are_shown_as_such(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Peer("missing", "onnx_runner", "model.onnx", needs=("no_such",))
    broken = Peer("broken", "onnx_runner", "signature.json")
    found = bench(bundle, monkeypatch, missing, replace(broken, runner="openvino_runner_x"))
    facts = {item.peer: item.not_run for item in found.facts}
    starts = {item.peer: item.not_run for item in found.starts}
    assert facts["missing"] == "no_such is not installed"
    assert starts["broken"] == (
        "ModuleNotFoundError: No module named 'mimo_export.bench.openvino_runner_x'"
    )
    assert found.passed


@pytest.mark.parametrize("name", ["second", OURS])
def test_a_peer_that_ends_while_it_is_timed_is_shown_as_such(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ask = measure.Process.ask

    def failing(process: measure.Process, job: str, **words: object) -> object:
        if job == "burst" and words["seconds"] and name in process.title:
            raise WorkerError(
                f"the process of {name} was killed, most likely because memory ran out"
            )
        return ask(process, job, **words)

    monkeypatch.setattr(measure.Process, "ask", failing)
    found = bench(bundle, monkeypatch, Peer("second", "onnx_runner", "model.onnx"))
    cells = {(cell.peer, cell.batch): cell for cell in found.cells}
    assert "memory ran out" in cells[(name, 1)].not_run
    assert (name, 20) not in cells
    (other,) = {"second", OURS} - {name}
    for batch in (1, 20):
        assert cells[(other, batch)].milliseconds is not None
        assert (cells[(other, batch)].ratio is None) is (name == OURS)
    assert found.passed is (name == "second")


def test_a_difference_from_keras_is_measured(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = Samples.batch

    def shifted(samples: Samples, rows: int) -> Case:
        case = batch(samples, rows)
        return replace(case, outputs={name: a + np.float32(1) for name, a in case.outputs.items()})

    monkeypatch.setattr(Samples, "batch", shifted)
    found = bench(bundle, monkeypatch)
    assert not found.passed
    assert found.cells[0].difference == pytest.approx(1.0)
    assert found.cells[0].wrong == (
        "'risk': 1 of 1 values differ, largest difference 1; "
        "'diagnosis': 3 of 3 values differ, largest difference 1"
    )
    assert found.cells[0].milliseconds is not None


def test_comparing_names_the_output_and_the_size() -> None:
    expected = {"y": np.array([[1.0, 2.0]])}
    assert compare([np.array([[1.0, 2.0]])], expected, Tolerance()) == (0.0, "")
    assert compare([np.array([[1.0, 2.5]])], expected, Tolerance()) == (
        0.5,
        "'y': 1 of 2 values differ, largest difference 0.5",
    )
    assert compare([], expected, Tolerance()) == (None, "0 outputs, where Keras has 1")
    assert compare([np.array([[1.0, np.nan]])], expected, Tolerance()) == (
        None,
        "'y': 1 of 2 values differ, largest difference inf",
    )


def test_a_reason_is_the_exception_in_the_log() -> None:
    log = "job 'load'; the end of its log:\n    a\n    some.Error: the cause\n    more of it"
    assert reason(WorkerError("it ended", where=log)) == "some.Error: the cause"
    log = "job 'load'; the end of its log:\n    a\n    killed"
    assert reason(WorkerError("it ended", where=log)) == "killed"
    assert reason(WorkerError("it ended", where="job 'load'")) == "it ended"


def test_a_bundle_without_onnx_is_refused(bundle: Path) -> None:
    (bundle / "model.onnx").unlink()
    with pytest.raises(BundleError) as caught:
        bench_bundle(bundle)
    assert str(caught.value) == (
        f"there is no onnx in the bundle\n  where:  {bundle}\n"
        "  remedy: export the model again with --format onnx"
    )


def test_an_altered_bundle_is_not_given_to_keras(bundle: Path) -> None:
    (bundle / "README.md").unlink()
    with pytest.raises(BundleError) as caught:
        bench_bundle(bundle)
    assert str(caught.value) == (
        "the bundle's files are not what was published: README.md is missing\n"
        f"  where:  {bundle}\n"
        "  remedy: `mimo-portable verify` shows all that differs; export the model again"
    )


def test_the_saved_model_of_a_stranger_is_not_run(bundle: Path, tmp_path: Path) -> None:
    (bundle / "saved_model").mkdir()
    measurement = measure._Measurement(open_bundle(bundle), SMALL, tmp_path, lambda _: None)
    (saved_model,) = chosen(("SavedModel",))[1:]
    assert measurement._artifact(saved_model) == tmp_path / "saved_model"
    assert measurement._artifact(chosen(())[0]) == bundle / "model.onnx"
