"""Measure a bundle: convert for the peers, start them, check them, and let them take turns."""

from __future__ import annotations

import contextlib
import math
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from mimo_export import manifest
from mimo_export.bench import graph, runner
from mimo_export.bench.peers import OURS, Peer, chosen
from mimo_export.bench.report import Bench, Cell, Facts, Machine, Start
from mimo_export.bench.samples import Array, Samples
from mimo_export.bench.timing import Burst, milliseconds, ratios
from mimo_export.bench.turns import Effort, GoneError, take_turns
from mimo_export.compare import Pair, Tolerance, compare_output
from mimo_export.errors import MimoExportError
from mimo_export.manifest import Bundle
from mimo_export.one_batch import check_one_batch
from mimo_export.verify import published_tolerance
from mimo_export.worker import Process

_EXCEPTION = re.compile(r"[\w.]+(Error|Exception): ")  # its message may have more lines
_LOOSER = 10  # than what a bundle is published with: peers may round in another order


@dataclass(frozen=True)
class Settings:
    """What to measure.

    Attributes:
        batches: Samples a run.
        threads: Numbers of threads; 0 stands for all cores.
        peers: By name; all where it is empty.
        effort: How long.
        tolerance: How far a right peer may be from Keras; ten times the bundle's when None.
        imports: Modules that register the user's classes, and what he trusts (`archive_trust`).
    """

    batches: tuple[int, ...] = (1, 32, 256)
    threads: tuple[int, ...] = (1, 0)
    peers: tuple[str, ...] = ()
    effort: Effort = field(default_factory=Effort)
    tolerance: Tolerance | None = None
    imports: tuple[str, ...] = ()


def bench_bundle(
    directory: str | Path,
    settings: Settings | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Bench:
    """Time a bundle's ONNX file beside every peer.

    Args:
        directory: The bundle.
        settings: What to measure.
        tell: Is told what is being done, as that takes minutes.

    Raises:
        BundleError: There is no bundle, no ONNX file in it, or its files were altered.
        InputError: There is no peer of a name.
    """
    settings = settings or Settings()
    peers = chosen(settings.peers)
    bundle = manifest.open_bundle(directory)
    manifest.check_files(bundle, "onnx")  # other files are not given to Keras
    check_one_batch(bundle, "the benchmark")
    with tempfile.TemporaryDirectory() as scratch:
        bench = _Measurement(bundle, settings, Path(scratch), tell)
        facts = tuple(bench.prepare(peer) for peer in peers)
        ready = [p for p, f in zip(peers, facts, strict=True) if not f.not_run]
        numbers = dict.fromkeys(n or runner.all_cores() for n in settings.threads)
        rounds = [bench.run(ready, threads) for threads in numbers]
    return Bench(
        str(directory),
        graph.work_of(bundle.folder / manifest.ONNX),
        tuple(machine for machine, _, _ in rounds),
        facts,
        tuple(start for _, starts, _ in rounds for start in starts),
        tuple(cell for _, _, cells in rounds for cell in cells),
    )


class _Measurement:
    """The steps of `bench_bundle`, which share the bundle and the scratch folder."""

    def __init__(
        self, bundle: Bundle, settings: Settings, scratch: Path, tell: Callable[[str], None]
    ) -> None:
        self._bundle, self._settings, self._scratch = bundle, settings, scratch
        self._tell = tell
        self._converted: dict[str, dict[str, Any] | str] = {}
        golden = bundle.folder / manifest.GOLDEN
        self._samples = Samples.read(golden, bundle.signature)
        stated = published_tolerance(bundle)
        self._tolerance = settings.tolerance or Tolerance(
            _LOOSER * stated.atol, _LOOSER * stated.rtol
        )

    # === What the peers run ===

    def prepare(self, peer: Peer) -> Facts:
        """Make a peer's artifact, unless the bundle has it."""
        facts = Facts(peer.name, peer.is_onnx)
        if peer.missing:
            return replace(facts, not_run=peer.missing)
        path = self._artifact(peer)
        made = self._converted.get(peer.artifact)
        if made is None and peer.conversion and not path.exists():
            made = self._converted[peer.artifact] = self._convert(peer, path)
        if isinstance(made, str):
            return replace(facts, not_run=made)
        if made is not None:
            facts = replace(
                facts, convert_seconds=made["seconds"], convert_peak_bytes=made["peak_bytes"]
            )
        nodes = graph.nodes_of(path) if peer.is_onnx else None
        # Where there is a file for each batch, that of batch 1 is what a program would ship.
        one = path / "1.tflite"
        size = graph.size_of(one if one.exists() else path)
        return replace(facts, bytes=size, nodes=nodes)

    def _artifact(self, peer: Peer) -> Path:
        inside = self._bundle.folder / peer.artifact
        # A SavedModel is a program of whoever made the bundle: it is made anew of `model.keras`.
        is_taken = inside.exists() and peer.artifact != manifest.SAVED_MODEL
        return inside if is_taken else self._scratch / peer.artifact

    def _convert(self, peer: Peer, path: Path) -> dict[str, Any] | str:
        self._tell(f"converting for {peer.name}")
        request = self._request(self._bundle.folder / manifest.KERAS)
        batches = list(self._settings.batches)
        try:
            with self._process(peer, runner.all_cores(), family="") as process:
                return process.ask(
                    "convert",
                    name=peer.conversion,
                    target=str(path),
                    batches=batches if 1 in batches else [1, *batches],
                    **request,
                )
        except MimoExportError as error:
            return reason(error)

    # === Turns ===

    def run(self, peers: Sequence[Peer], threads: int) -> tuple[Machine, list[Start], list[Cell]]:
        """Start every peer in a fresh process, then measure each batch in turns."""
        with contextlib.ExitStack() as stack:
            self._tell(f"measuring this machine with {threads} threads")
            machine = measure_machine(threads, self._scratch)
            starts, live = [], {}
            for peer in peers:
                self._tell(f"starting {peer.name} with {threads} threads")
                process = stack.enter_context(self._process(peer, threads, peer.runner))
                start = self._start(peer, threads, process)
                starts.append(start)
                if not start.not_run:
                    live[peer.name] = process
            cells = [cell for n in self._settings.batches for cell in self._batch(live, n, threads)]
        return machine, starts, cells

    def _start(self, peer: Peer, threads: int, process: Process) -> Start:
        golden = str(self._bundle.folder / manifest.GOLDEN)
        request = self._request(self._artifact(peer))
        try:
            found = process.ask("load", golden_folder=golden, **request)
        except MimoExportError as error:
            return Start(peer.name, threads, not_run=reason(error))
        return Start(peer.name, threads, found["seconds"], found["peak_bytes"])

    def _batch(self, live: dict[str, Process], batch: int, threads: int) -> list[Cell]:
        cells = {
            name: self._checked(name, process, batch, threads)
            for name, process in list(live.items())
        }
        running = {name: live[name] for name, cell in cells.items() if not cell.not_run}
        for name in live.keys() - running.keys():
            del live[name]  # its process has ended
        self._tell(f"timing batch {batch} with {threads} threads, {len(running)} peers")
        lost: dict[str, str] = {}
        turns = {name: _turn(name, process, lost) for name, process in running.items()}
        found = take_turns(turns, self._settings.effort)
        for name, why in lost.items():
            cells[name] = replace(cells[name], not_run=why)
            del live[name]
        ours = found.get(OURS)
        for name, bursts in found.items():
            cells[name] = replace(
                cells[name],
                milliseconds=milliseconds(bursts),
                ratio=None if ours is None else ratios(ours, bursts),
                busy=float(np.median([burst.busy for burst in bursts])),
            )
        return list(cells.values())

    def _checked(self, name: str, process: Process, batch: int, threads: int) -> Cell:
        """Run a batch once and compare it with Keras."""
        answers = self._scratch / "answers.npz"
        try:
            process.ask("check", batch=batch, answers=str(answers))
        except MimoExportError as error:
            return Cell(name, batch, threads, not_run=reason(error))
        with np.load(answers, allow_pickle=False) as found:
            outputs = list(found.values())
        expected = self._samples.batch(batch).outputs
        difference, wrong = compare(outputs, expected, self._tolerance)
        return Cell(name, batch, threads, difference=difference, wrong=wrong)

    def _request(self, path: Path) -> dict[str, Any]:
        signature = self._bundle.signature.to_dict()
        beside = (self._bundle.folder / manifest.PREPROCESSING).exists()
        return {"path": str(path.absolute()), "signature": signature, "beside": beside}

    def _process(self, peer: Peer | None, threads: int, family: str) -> Process:
        variables = runner.environment(threads, self._scratch)
        if peer is not None and peer.backend:
            variables["KERAS_BACKEND"] = peer.backend
        words = [family, str(threads), *self._settings.imports]
        title = f"process of {peer.name}" if peer is not None else "process"
        return Process(title, "mimo_export.bench._host", words, variables)


def _turn(name: str, process: Process, lost: dict[str, str]) -> Callable[[float], Burst]:
    """Return a peer's turn, which notes why the process ended if it does."""

    def run(seconds: float) -> Burst:
        try:
            answer = process.ask("burst", seconds=seconds)
        except MimoExportError as error:
            lost[name] = reason(error)
            raise GoneError(lost[name]) from error
        return Burst(tuple(answer["nanoseconds"]), answer["busy"])

    return run


def measure_machine(threads: int, scratch: Path) -> Machine:
    """Measure what this machine can do at most, in a fresh process with so many threads.

    Args:
        threads: How many it may use.
        scratch: A folder for what libraries write.
    """
    variables = runner.environment(threads, scratch)
    with Process("process", "mimo_export.bench._host", ["", str(threads)], variables) as process:
        found = process.ask("limits")
    return Machine(threads, found["gflops"], found["gbps"])


def compare(
    outputs: Sequence[Array], expected: Mapping[str, Array], tolerance: Tolerance
) -> tuple[float | None, str]:
    """Return the largest difference from Keras, and how the outputs are wrong, if they are.

    The difference is None where it is no number.
    """
    if len(outputs) != len(expected):
        return None, f"{len(outputs)} outputs, where Keras has {len(expected)}"
    largest, wrong = 0.0, []
    for (name, wanted), got in zip(expected.items(), outputs, strict=True):
        pair = Pair("golden", wanted, got)
        row = compare_output("peer", name, [pair], tolerance, is_class=False)
        size = row.largest.size if row.largest else 0.0
        largest = max(largest, size)
        if row.status != "pass":
            wrong.append(f"'{name}': {row.reason}, largest difference {size:.2g}")
    return largest if math.isfinite(largest) else None, "; ".join(wrong)


def reason(error: MimoExportError) -> str:
    """Return one line: what was raised; of a process that ended, the exception in its log."""
    lines = [line.strip() for line in error.where.splitlines()[1:]]
    raised = [line for line in lines if _EXCEPTION.match(line)]
    return (raised or lines or [error.what])[-1]
