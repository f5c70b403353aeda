# ruff: noqa: T201 - a program
"""Fuzz the exporter: random models, Keras against onnxruntime, every failure kept as a plan.

    PYTHONPATH=tests python -m fuzz.run --graphs 10000 --seed 1 --out fuzz
    PYTHONPATH=tests python -m fuzz.run --replay fuzz/failures/7-3.json

Models are drawn and run in worker processes, a few hundred each, so that an abort or a hang of
onnxruntime ends one worker and is recorded as the failure of the plan that it was at. It exits with
1 where anything failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK = 200  # models for one worker: what backends keep of each model goes with it
_HANGS = 300.0  # seconds without a new model after which a worker is ended
_FINE = ("agreed", "refused", "keras", "unsteady")
_POLL = 0.5  # seconds


@dataclass(frozen=True)
class Chunk:
    """The work of one worker."""

    seed: int
    graphs: int
    style: str
    folder: Path

    @property
    def log(self) -> Path:
        """Where the worker writes a line for each model that it is done with."""
        return self.folder / f"{self.seed}.jsonl"

    @property
    def current(self) -> Path:
        """Where it writes the plan that it begins."""
        return self.folder / f"{self.seed}.current.json"

    @property
    def errors(self) -> Path:
        """Where its standard error goes."""
        return self.folder / f"{self.seed}.stderr.txt"


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz, or replay one plan; print a summary."""
    args = _parser().parse_args(argv)
    if args.replay:
        return _replay(args.replay, args.smallest)
    if args.worker is not None:
        from fuzz.worker import work  # noqa: PLC0415 - the parent needs no Keras

        chunk = Chunk(args.worker, args.graphs, args.style, args.out)
        work(chunk.seed, chunk.graphs, chunk.style, chunk.log, chunk.current)
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    records = run(list(_chunks(args)), args.processes)
    print(summary(records))
    failures = keep(records, args.out / "failures")
    for path in failures:
        print(f"replay with: python -m fuzz.run --replay {path}")
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Text)
    parser.add_argument("--graphs", type=int, default=10_000, help="how many models")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--style", choices=("all", "graphs", "programs"), default="all")
    parser.add_argument("--out", type=Path, default=Path("fuzz"), help="folder for what is found")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--replay", type=Path, help="run one plan and show what happens")
    parser.add_argument("--smallest", action="store_true", help="with --replay: cut the plan down")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser


class _Text(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    """Show the docstring as it is, and defaults."""


def _chunks(args: argparse.Namespace) -> Iterator[Chunk]:
    for i, start in enumerate(range(0, args.graphs, CHUNK)):
        size = min(CHUNK, args.graphs - start)
        yield Chunk(args.seed * 1_000_000 + i, size, args.style, args.out)


def run(chunks: Sequence[Chunk], processes: int) -> list[dict[str, Any]]:
    """Run every chunk in a process of its own and return a record for each model."""
    waiting, running = list(chunks), []
    records: list[dict[str, Any]] = []
    while waiting or running:
        while waiting and len(running) < processes:
            running.append(_Worker(waiting.pop(0)))
        time.sleep(_POLL)
        for worker in [worker for worker in running if worker.ended()]:
            running.remove(worker)
            found = worker.records()
            records += found
            counted = dict(Counter(record["verdict"] for record in found))
            print(f"{len(records)} models, of {worker.chunk.seed}: {counted}", flush=True)
            left = worker.chunk.graphs - len(found)
            if left > 0 and found and found[-1]["verdict"] in ("killed", "hung"):
                seed = worker.chunk.seed + 500_000  # the rest of the chunk, with other models
                waiting.append(Chunk(seed, left, worker.chunk.style, worker.chunk.folder))
    return records


class _Worker:
    """A worker process, and what it leaves."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        chunk.log.write_text("", encoding="utf-8")
        chunk.current.write_text("", encoding="utf-8")
        words = ("--worker", chunk.seed, "--graphs", chunk.graphs, "--style", chunk.style)
        command = [sys.executable, "-m", "fuzz.run", *map(str, words), "--out", str(chunk.folder)]
        with chunk.errors.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(command, stderr=errors)
        self._hung = False

    def ended(self) -> bool:
        """Whether the process is over; one that hangs is ended here."""
        if self._process.poll() is not None:
            return True
        self._hung = time.time() - self.chunk.current.stat().st_mtime > _HANGS
        if self._hung:
            self._process.kill()
            self._process.wait()
        return self._hung

    def records(self) -> list[dict[str, Any]]:
        """Return what became of each model, the one that ended the process included."""
        lines = self.chunk.log.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        code = self._process.returncode
        if code != 0 or self._hung:
            plan = self.chunk.current.read_text(encoding="utf-8")
            tail = self.chunk.errors.read_text(encoding="utf-8", errors="replace")[-2000:]
            if not plan:
                raise SystemExit(f"a worker ended before its first model, with {code}:\n{tail}")
            verdict = "hung" if self._hung else "killed"
            text = f"the process ended with {code}\n{tail}"
            records.append({"verdict": verdict, "text": text, "plan": json.loads(plan)})
        return records


def summary(records: Sequence[Mapping[str, Any]]) -> str:
    """Return counts by verdict, refusals by reason, and how often each kind of node was run."""
    verdicts = Counter(record["verdict"] for record in records)
    lines = [f"{len(records)} models: " + ", ".join(f"{n} {v}" for v, n in verdicts.most_common())]
    for verdict in ("refused", "keras"):
        reasons = Counter(r["text"][:150] for r in records if r["verdict"] == verdict)
        lines += [f"  {verdict:8} {count:5}  {reason}" for reason, count in reasons.most_common(40)]
    kinds = Counter(
        node["kind"] for r in records if r["verdict"] == "agreed" for node in r["plan"]["nodes"]
    )
    lines.append("agreed on: " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))
    return "\n".join(lines)


def keep(records: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write each failure as a file that `--replay` takes, and return the paths."""
    failures = [record for record in records if record["verdict"] not in _FINE]
    paths = []
    for number, record in enumerate(failures):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{number}-{record['verdict']}.json"
        path.write_text(json.dumps(record, indent=1), encoding="utf-8")
        paths.append(path)
    return paths


def _replay(path: Path, cut: bool) -> int:
    from fuzz.worker import replay  # noqa: PLC0415 - the parent needs no Keras

    document = json.loads(path.read_text(encoding="utf-8"))
    text, failed = replay(document.get("plan", document), cut=cut)
    print(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
