"""What every verb shares: its entry in the parser, and its two ways of printing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mimo_portable.cli import _streams, _terminal

if TYPE_CHECKING:
    # The generic form of argparse's class exists for type checkers only.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = Any


def add_verb(
    subparsers: Subparsers,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
) -> argparse.ArgumentParser:
    """Add a verb with the `--json` that all verbs have, and return its parser.

    Args:
        subparsers: What `register` was given.
        name: The word on the command line.
        run: Called with the parsed arguments; returns the exit code.
        summary: One sentence, shown in both helps.
    """
    parser = subparsers.add_parser(name, help=summary, description=summary)
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document instead of text"
    )
    parser.set_defaults(run=run)
    return parser


def print_json(document: Any) -> None:
    """Print one JSON document on standard output, in letters that it has."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    print(text if _streams.can_print(text) else json.dumps(document, indent=2))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of text in columns as wide as their widest cell."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def tell(text: str) -> None:
    """Say on a terminal what is being done, as it takes minutes; a log stays free of it."""
    if sys.stderr.isatty():
        _terminal.erase_line()
        print(f"{text} ...", end="", file=sys.stderr, flush=True)
