"""What a benchmark has found, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mimo_export.bench.graph import Work
from mimo_export.bench.peers import OURS
from mimo_export.bench.timing import Spread


@dataclass(frozen=True)
class Facts:
    """What one peer is, apart from its speed.

    Attributes:
        peer: Its name.
        is_onnx: Whether onnxruntime runs it.
        not_run: Why there is nothing to run; empty where there is.
        bytes: Of the artifact.
        nodes: Of an ONNX file; None for others.
        convert_seconds: How long the conversion took after imports and loading; None where the
            bundle has the artifact.
        convert_peak_bytes: The most memory that the conversion's process held.
    """

    peer: str
    is_onnx: bool
    not_run: str = ""
    bytes: int | None = None
    nodes: int | None = None
    convert_seconds: float | None = None
    convert_peak_bytes: int | None = None


@dataclass(frozen=True)
class Start:
    """How a peer starts in a fresh process with a number of threads.

    Attributes:
        peer: Its name.
        threads: How many it may use.
        seconds: From the artifact to the first answer, imports left out; what compiles, compiles.
        peak_bytes: The most memory that the process held until then, imports included.
        not_run: Why it does not start.
    """

    peer: str
    threads: int
    seconds: float | None = None
    peak_bytes: int | None = None
    not_run: str = ""


@dataclass(frozen=True)
class Cell:
    """One peer at one batch and one number of threads.

    Attributes:
        peer: Its name.
        batch: Samples a run.
        threads: How many it may use.
        milliseconds: Of a run.
        ratio: Of its time to ours, turn by turn.
        busy: How many cores were at work.
        difference: The largest one from Keras; None where it is no number.
        wrong: How it differs from Keras; empty where it does not.
        not_run: Why there are no times.
    """

    peer: str
    batch: int
    threads: int
    milliseconds: Spread | None = None
    ratio: Spread | None = None
    busy: float = 0.0
    difference: float | None = None
    wrong: str = ""
    not_run: str = ""


@dataclass(frozen=True)
class Machine:
    """The measured limits of this machine with a number of threads."""

    threads: int
    gflops: float
    gbps: float


@dataclass(frozen=True)
class Bench:
    """All that was measured of one bundle."""

    bundle: str
    work: Work
    machine: tuple[Machine, ...]
    facts: tuple[Facts, ...]
    starts: tuple[Start, ...]
    cells: tuple[Cell, ...]

    @property
    def passed(self) -> bool:
        """Whether our own file ran, and agrees with Keras, everywhere."""
        ours = [cell for cell in self.cells if cell.peer == OURS]
        return bool(ours) and not any(cell.wrong or cell.not_run for cell in ours)

    def at(self, batch: int, threads: int) -> tuple[Cell, ...]:
        """Return the cells of one batch and number of threads, in the peers' order."""
        return tuple(c for c in self.cells if (c.batch, c.threads) == (batch, threads))

    def settings(self) -> tuple[tuple[int, int], ...]:
        """Return each (batch, threads) that was measured, in order."""
        return tuple(dict.fromkeys((cell.batch, cell.threads) for cell in self.cells))

    def share(self, cell: Cell) -> float | None:
        """Return which part of the multiply-add peak a cell reaches."""
        peak = next((m.gflops for m in self.machine if m.threads == cell.threads), None)
        if cell.milliseconds is None or not peak:
            return None
        return self.work.flops * cell.batch / (1e6 * cell.milliseconds.median * peak)

    def best(self, batch: int, threads: int, *, onnx: bool) -> Cell | None:
        """Return the fastest right peer besides ours, of those that are or are not ONNX."""
        kinds = {facts.peer: facts.is_onnx for facts in self.facts}
        right = [
            cell
            for cell in self.at(batch, threads)
            if cell.peer != OURS and kinds[cell.peer] == onnx and cell.ratio and not cell.wrong
        ]
        return min(right, key=_ratio, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Bench:
        """Read back what `to_dict` gave, after a trip through JSON."""
        return cls(
            data["bundle"],
            Work(**data["work"]),
            tuple(Machine(**item) for item in data["machine"]),
            tuple(Facts(**item) for item in data["facts"]),
            tuple(Start(**item) for item in data["starts"]),
            tuple(_cell(item) for item in data["cells"]),
        )


def _cell(data: Mapping[str, Any]) -> Cell:
    spreads = {name: data[name] and Spread(**data[name]) for name in ("milliseconds", "ratio")}
    return Cell(**{**data, **spreads})


def _ratio(cell: Cell) -> float:
    return cell.ratio.median if cell.ratio else float("inf")


Table = tuple[Sequence[str], list[Sequence[str]]]
"""A header and rows."""


def times_table(bench: Bench, batch: int, threads: int) -> Table:
    """Return every peer's times of one setting."""
    header = ("peer", "median ms", "quartiles", "times ours", "quartiles", "of peak", "cores", "")
    rows = [_row(bench, cell) for cell in bench.at(batch, threads)]
    reasons = {item.peer: item.not_run for item in bench.facts}
    reasons |= {item.peer: item.not_run for item in bench.starts if item.threads == threads}
    gone = [(*(p, *("",) * 6), f"not run, because {why}") for p, why in reasons.items() if why]
    return header, [*rows, *gone]


def _row(bench: Bench, cell: Cell) -> Sequence[str]:
    note = f"wrong: {cell.wrong}" if cell.wrong else ""
    if cell.milliseconds is None or cell.ratio is None:
        return (cell.peer, *("",) * 6, f"not run, because {cell.not_run}")
    share = bench.share(cell)
    return (
        cell.peer,
        f"{cell.milliseconds.median:.4g}",
        f"{cell.milliseconds.low:.4g} to {cell.milliseconds.high:.4g}",
        f"{cell.ratio.median:.2f}",
        f"{cell.ratio.low:.2f} to {cell.ratio.high:.2f}",
        "" if share is None else f"{share:.1%}",
        f"{cell.busy:.1f}" if cell.busy else "",
        note,
    )


def facts_table(bench: Bench) -> Table:
    """Return every peer's size, nodes, load time and memory."""
    threads = list(dict.fromkeys(start.threads for start in bench.starts))
    header = (
        *("peer", "KB", "nodes", "conversion s"),
        *(f"load ms, {_threads(n)}" for n in threads),
        *("peak MB", ""),
    )
    return header, [_facts_row(bench, facts, threads) for facts in bench.facts]


def _facts_row(bench: Bench, facts: Facts, threads: Sequence[int]) -> Sequence[str]:
    starts = {s.threads: s for s in bench.starts if s.peer == facts.peer}
    if facts.not_run:
        return (facts.peer, *("",) * (len(threads) + 4), f"not run, because {facts.not_run}")
    peaks = [start.peak_bytes for start in starts.values() if start.peak_bytes]
    reasons = dict.fromkeys(start.not_run for start in starts.values() if start.not_run)
    return (
        facts.peer,
        "" if facts.bytes is None else f"{facts.bytes / 1e3:,.0f}",
        "" if facts.nodes is None else str(facts.nodes),
        "" if facts.convert_seconds is None else f"{facts.convert_seconds:.2f}",
        *(_load(starts.get(n)) for n in threads),
        f"{max(peaks) / 1e6:,.0f}" if peaks else "",
        "; ".join(f"not run, because {reason}" for reason in reasons),
    )


def _load(start: Start | None) -> str:
    return "" if start is None or start.seconds is None else f"{1e3 * start.seconds:,.1f}"


def _threads(number: int) -> str:
    return f"{number} thread{'s' if number > 1 else ''}"
