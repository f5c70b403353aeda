"""`mimo-portable bench`: how fast is a bundle's ONNX file, beside every other way to run it?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mimo_portable.cli import _errors, _exporting, _terminal, _verb

if TYPE_CHECKING:
    from mimo_export.bench import Bench


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "bench",
        run,
        "Time a bundle's ONNX file beside other exports and runtimes of the same model.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a folder that export wrote")
    for name, kind, default, text in (
        ("batch", _positive, [1, 32, 256], "samples a run (1 32 256)"),
        ("threads", _count, [1, 0], "how many a runtime may use, 0 for all cores (1 0)"),
    ):
        parser.add_argument(
            f"--{name}", type=kind, nargs="+", default=default, metavar="N", help=text
        )
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME",
        help="time this one beside ours, not all; can be repeated",
    )
    parser.add_argument(
        "--rounds", type=_positive, default=15, metavar="N", help="turns of each peer (15)"
    )
    _exporting.add_trust(parser)
    _exporting.add_tolerance(parser, "ten times what the bundle was published with")


def _positive(text: str) -> int:
    number = _count(text)
    if number == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Measure and print; 1 where our own file does not agree with Keras."""
    from mimo_export.bench import Settings, bench_bundle
    from mimo_export.bench.turns import Effort

    settings = Settings(
        batches=tuple(dict.fromkeys(args.batch)),
        threads=tuple(dict.fromkeys(args.threads)),
        peers=tuple(args.peer),
        effort=Effort(rounds=args.rounds),
        tolerance=_exporting.tolerance(args),
        imports=tuple(_exporting.words(args)),
    )
    found = bench_bundle(args.bundle, settings, tell=_verb.tell)
    if args.json:
        _verb.print_json({**found.to_dict(), "passed": found.passed})
    else:
        _print(found)
    return _errors.OK if found.passed else _errors.CHECK_FAILED


def _print(found: Bench) -> None:
    from mimo_export.bench.report import facts_table, times_table

    _terminal.erase_line()
    _verb.print_table(*facts_table(found))
    for batch, threads in found.settings():
        print(f"\nbatch {batch}, {threads} thread{'s' if threads > 1 else ''}:")
        _verb.print_table(*times_table(found, batch, threads))
    print(
        f"\none sample is {found.work.flops:,} floating-point operations; this machine does at most"
    )
    for machine in found.machine:
        print(f"  {machine.gflops:.0f} GFLOP/s and {machine.gbps:.0f} GB/s on {machine.threads}")
    if not found.passed:
        print("FAIL the bundle's own file does not agree with Keras")
