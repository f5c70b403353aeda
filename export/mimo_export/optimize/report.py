"""What a smaller file costs, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mimo_export.bench.timing import Spread
from mimo_export.compare import Comparison
from mimo_export.markdown import code, text
from mimo_export.markdown import table as markdown_table
from mimo_export.optimize.task import Change
from mimo_export.report import jsonable

TITLE = "## Smaller files"
"""Heads the section of the card; nothing of the card stands behind it."""

_HEADER = ("File", "KB", "output", "score", "original", "this file", "kept in float32")


@dataclass(frozen=True)
class Latency:
    """The time of one run of a batch, original and smaller file in turns.

    Attributes:
        batch: Rows.
        before: Milliseconds of the original.
        after: Milliseconds of the smaller file.
        ratio: How many times longer the smaller file takes, turn by turn.
    """

    batch: int
    before: Spread
    after: Spread
    ratio: Spread


@dataclass(frozen=True)
class Optimized:
    """A smaller file beside the original.

    Attributes:
        file: Its name in the bundle.
        precision: What its weights are stored in.
        data: Which rows it was scored on.
        budget: The largest drop of a score that is allowed.
        sizes: Bytes before and after.
        latencies: One per batch.
        threads: That a run had.
        changes: Every score before and after.
        golden: Every output beside Keras's on the golden vectors; informs, and does not gate.
        kept: What stays in float32.
    """

    file: str
    precision: str
    data: str
    budget: float
    sizes: tuple[int, int]
    latencies: tuple[Latency, ...]
    threads: int
    changes: tuple[Change, ...]
    golden: tuple[Comparison, ...]
    kept: tuple[str, ...]

    @property
    def worst(self) -> Change:
        """Return the score that loses the most."""
        return max(self.changes, key=lambda change: change.drop)

    @property
    def passed(self) -> bool:
        """Tell whether no score loses more than the budget."""
        return self.worst.drop <= self.budget

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {"passed": self.passed, **jsonable(asdict(self))}

    def facts(self) -> dict[str, Any]:
        """Return what a bundle keeps: no times, so that equal bundles give equal bytes."""
        document = self.to_dict()
        del document["latencies"], document["threads"], document["passed"]
        document["golden"] = {row.output: describe_golden(row) for row in self.golden}
        return document


def table(found: Optimized) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return header and rows: the original, the smaller file, and how they compare."""
    columns = [
        ("KB", *(f"{size / 1e3:,.1f}" for size in found.sizes), _share(*found.sizes)),
        *(
            (
                f"ms, batch {item.batch}",
                _spread(item.before),
                _spread(item.after),
                f"{_spread(item.ratio, 2)} times",
            )
            for item in found.latencies
        ),
        *(
            (f"{c.output} {c.metric}", f"{c.before:.5g}", f"{c.after:.5g}", _signed(c.drop))
            for c in found.changes
        ),
    ]
    header, *rows = zip(("", "original", found.precision, "change"), *columns, strict=True)
    return header, list(rows)


def describe_overrun(found: Optimized) -> str:
    """Return one line: which score loses too much, with its figures."""
    worst = found.worst
    return (
        f"{worst.output} {worst.metric} goes from {worst.before:.5g} to {worst.after:.5g} on "
        f"{found.data}: a loss of {worst.drop:.2%}, where --max-metric-drop allows "
        f"{found.budget:.2%}"
    )


def describe_golden(row: Comparison) -> str:
    """Return one line: how far an output lies from Keras's on the golden vectors."""
    if row.largest is None:
        return row.reason or "equal"
    classes = f", same class in {row.classes} rows" if row.classes else ""
    spread = (
        ""
        if row.expected_range is None
        else " (Keras: {:.3g} to {:.3g})".format(*row.expected_range)
    )
    return f"at most {row.largest.size:.2g} from Keras{spread}{classes}"


def section(files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the card's section about all smaller files of a bundle, as Markdown.

    Args:
        files: What `Optimized.facts` gave, by the files' names.
    """
    rows = []
    for name, facts in files.items():
        before, after = (size / 1e3 for size in facts["sizes"])
        kept = text("; ".join(facts["kept"]) or "nothing")
        size = f"{after:,.1f} of {before:,.1f}"
        for item in facts["changes"]:
            scores = [_number(item[part]) for part in ("before", "after")]
            words = code(item["output"]), text(item["metric"])
            rows.append((code(name), size, *words, *scores, kept))
    notes = (f"- {code(name)}: scored on {text(facts['data'])}" for name, facts in files.items())
    lines = (
        TITLE,
        "",
        "They have the contract above, and stand beside `model.onnx`, which is as it was. Scores "
        "before and after:",
        "",
        markdown_table(_HEADER, rows),
        "",
        *notes,
        "",
    )
    return "\n".join(lines)


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.5g}"


def _share(before: int, after: int) -> str:
    return f"{after / before:.1%}"


def _signed(drop: float) -> str:
    """Return the change for the better or the worse; a drop is a loss."""
    return f"{-drop:+.2%}"


def _spread(spread: Spread, digits: int = 3) -> str:
    return " ".join(
        (f"{spread.median:.{digits}g}", f"({spread.low:.{digits}g} to {spread.high:.{digits}g})")
    )
