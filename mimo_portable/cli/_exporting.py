"""What the verbs of the exporter share: their options, and how a parity report is printed."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mimo_portable.cli import _backend, _verb

if TYPE_CHECKING:
    from mimo_export.compare import Comparison, Tolerance
    from mimo_export.report import Report


def add_backend(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the options of every verb that loads a `.keras` file."""
    parser.add_argument(
        "--backend", choices=_backend.BACKENDS, help=f"Keras's backend (default: {default})"
    )
    add_trust(parser)


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Add the options that say whose code may run: `--import` and `--unsafe-lambda`."""
    parser.add_argument(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module that registers your own layers with Keras; can be repeated",
    )
    parser.add_argument(
        "--unsafe-lambda",
        action="store_true",
        help="run the Python code of Lambda layers that a .keras file holds: it may do whatever you"
        " may do on this computer, so only for a file whose maker you trust",
    )


def words(args: argparse.Namespace) -> list[str]:
    """Return what workers are told of `--import` and `--unsafe-lambda`."""
    from mimo_export.archive_trust import UNSAFE_LAMBDA

    return [*args.imports, UNSAFE_LAMBDA] if args.unsafe_lambda else list(args.imports)


def seed(text: str) -> int:
    """Read a seed."""
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 0 to 2^63 - 1")
    return int(text)


def add_saved_model(parser: argparse.ArgumentParser) -> None:
    """Add the option that a stranger's bundle needs to be run as a whole."""
    parser.add_argument(
        "--saved-model",
        action="store_true",
        help="run a bundle's SavedModel too, which is a program of its maker: it may read and write"
        " any file; only where the maker is trusted and all checksums are right",
    )


BY_PRECISION = "1e-5; four units in the last place where the model computes in half precision"


def add_tolerance(parser: argparse.ArgumentParser, default: str) -> None:
    """Add `--atol`, `--rtol` and the seed of the golden vectors."""
    for name in ("atol", "rtol"):
        parser.add_argument(f"--{name}", type=_size, metavar="X", help=f"(default {default})")


def tolerance(args: argparse.Namespace, default: Tolerance | None = None) -> Tolerance | None:
    """Return the tolerance of the command line, the default('s parts) where it is silent."""
    from mimo_export.compare import Tolerance

    if args.atol is None and args.rtol is None:
        return default
    default = default or Tolerance()
    return Tolerance(
        default.atol if args.atol is None else args.atol,
        default.rtol if args.rtol is None else args.rtol,
    )


_HEADER = (
    "runtime",
    "output",
    "result",
    "values",
    "largest difference",
    "would pass at",
    "same class",
)


def print_report(report: Report) -> None:
    """Print every runtime's every output beside Keras, and what keeps the gate closed."""
    print(f"beside {report.reference}, allowed {_allowed(report.tolerance)}:")
    print_rows(report.rows)
    for refused in report.refused:
        print(f"Keras itself refuses {refused}")
    for line in report.covered:
        print(f"golden inputs, {line}")
    for problem in report.files:
        print(f"FAIL {problem}")


def print_rows(rows: Sequence[Comparison]) -> None:
    """Print a row for each runtime and output, and why runtimes were not run."""
    _verb.print_table(_HEADER, [_cells(row) for row in rows])
    why = {row.runtime: row.reason for row in rows if row.status == "not run"}
    for runtime, reason in why.items():
        print(f"{runtime} was not run, because {reason}")


def print_failures(report: Report) -> None:
    """Print one line for each row that failed."""
    from mimo_export.report import describe_failure

    for row in report.failures:
        print(f"FAIL {describe_failure(row)}")


def _allowed(tolerance: Tolerance) -> str:
    return f"{tolerance.atol:g} + {tolerance.rtol:g} * |value|"


def _cells(row: Comparison) -> tuple[str, ...]:
    largest = "" if row.largest is None else f"{row.largest.size:.2g}"
    passing = "" if row.passing_tolerance is None else f"{row.passing_tolerance:.2g}"
    status = row.status if row.gates or row.status == "not run" else f"{row.status} (no gate)"
    values = "" if row.expected_range is None else "{:.3g} to {:.3g}".format(*row.expected_range)
    return row.runtime, row.output, status, values, largest, passing, row.classes


def print_facts(facts: dict[str, Any]) -> None:
    """Print name and value, one pair a line."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        print(f"{name.ljust(width)}  {value}")


def print_contract(document: dict[str, Any]) -> None:
    """Print the inputs and outputs of a contract as one table."""
    rows = [
        (
            part[:-1],
            item["name"],
            _shape(item),
            item["dtype"],
            item.get("meaning", ""),
            item.get("unit", ""),
            ", ".join(item.get("labels", ())),
        )
        for part in ("inputs", "outputs")
        for item in document[part]
    ]
    header = ("", "name", "shape", "dtype", "meaning", "unit", "labels")
    kept = [i for i, title in enumerate(header) if title in header[:4] or any(r[i] for r in rows)]
    _verb.print_table([header[i] for i in kept], [[row[i] for i in kept] for row in rows])


def _shape(item: dict[str, Any]) -> str:
    """Return the sizes without the batch; another first size is there, as `--input` has it."""
    first = item.get("batch")
    own = [] if first is None else [f"batch={first}" if isinstance(first, int) else first]
    return "(" + ", ".join(str(size) for size in (*own, *item["shape"])) + ")"


def _size(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 on")
    return value
