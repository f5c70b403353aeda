"""`mimo-portable optimize`: a smaller file beside a bundle's ONNX file, and what it costs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mimo_portable.cli import _errors, _verb

if TYPE_CHECKING:
    from mimo_export.optimize import Optimized


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "optimize",
        run,
        "Write a smaller ONNX file beside a bundle's own, if the task's scores stay in a budget.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a folder that export wrote")
    parser.add_argument(
        "--precision",
        required=True,
        choices=("float16", "int8", "int8-static"),
        help="what weights are stored in; int8-static: activations too, by calibration rows",
    )
    _add_data(parser)
    parser.add_argument(
        "--max-metric-drop",
        type=_share,
        default=0.01,
        metavar="X",
        help="the largest loss of any score, as a share of the original's (0.01)",
    )
    for name, default, text in (
        ("calibration-rows", 256, "of the training part, for int8-static (256)"),
        ("threads", 1, "that a timed run may use (1)"),
        ("rounds", 15, "turns of each file while times are taken (15)"),
    ):
        parser.add_argument(f"--{name}", type=_positive, default=default, metavar="N", help=text)


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what the files are scored on."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="for a model of the zoo as train has it, its test part counts; for another an .npz "
        "with arrays named like inputs and outputs (targets), and 'split' where you have one",
    )
    parser.add_argument("--variant", metavar="NAME", help="which set, where there are several")
    parser.add_argument(
        "--seed",
        type=_count,
        default=0,
        metavar="N",
        help="of splits, as train had it, and of the choice of calibration rows (0)",
    )
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="[OUTPUT=]NAME",
        help="of your own targets: accuracy, balanced_accuracy or mae; can be repeated. Outputs "
        "without targets are judged by their agreement with the original file",
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(text)


def _positive(text: str) -> int:
    number = _count(text)
    if number == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def run(args: argparse.Namespace) -> int:
    """Optimise, measure and print; 1 where a score loses more than the budget."""
    from mimo_export.bench.turns import Effort
    from mimo_export.manifest import open_bundle
    from mimo_export.optimize import Settings, optimize_bundle
    from mimo_portable.cli import _task

    wanted = _task.Wanted(
        args.data, args.variant, args.seed, tuple(args.metric), args.calibration_rows
    )
    task = _task.task_of(open_bundle(args.bundle), wanted)
    settings = Settings(
        max_drop=args.max_metric_drop, threads=args.threads, effort=Effort(rounds=args.rounds)
    )
    found = optimize_bundle(args.bundle, args.precision, task, settings)
    if args.json:
        _verb.print_json(found.to_dict())
    else:
        _print(found, args.bundle)
    return _errors.OK if found.passed else _errors.CHECK_FAILED


def _print(found: Optimized, bundle: Path) -> None:
    from mimo_export.optimize.report import describe_golden, describe_overrun, table

    _verb.print_table(*table(found))
    print(f"scored on {found.data}; timed with {found.threads} thread{'s' * (found.threads > 1)}")
    for row in found.golden:
        print(f"golden vectors, {row.output}: {describe_golden(row)}")
    print(f"kept in float32: {'; '.join(found.kept) or 'no weight'}")
    if found.passed:
        print(f"written: {bundle / found.file}")
    else:
        print(f"FAIL {describe_overrun(found)}")
        print("nothing was written; allow more, or choose another --precision")
