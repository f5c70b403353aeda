"""`mimo-portable train`: train one model of the zoo on one backend."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mimo_portable.cli import _backend, _errors, _terminal, _verb

if TYPE_CHECKING:
    from mimo_portable.training import Plan, Result
    from mimo_portable.training.fit import Progress


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers, "train", run, "Train a model and report its scores beside a trivial baseline."
    )
    parser.add_argument("name", metavar="NAME", help="a model; 'mimo-portable list' shows them")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the run")
    parser.add_argument("--backend", choices=_backend.BACKENDS, default="jax", help="(default jax)")
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="a file of your own, or a folder with the real sets; without it the folder that "
        "MIMO_PORTABLE_DATA names, or the data that come with the package",
    )
    parser.add_argument("--variant", metavar="NAME", help="which set, where there are several")
    parser.add_argument("--configuration", default="reference", metavar="NAME", help="(reference)")
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a field of the configuration; can be repeated",
    )
    parser.add_argument("--epochs", type=_positive, metavar="N", help="the most epochs to train")
    parser.add_argument("--batch-size", type=_positive, metavar="N", help="samples a step")
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="(default 0)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in DIR")


def run(args: argparse.Namespace) -> int:
    """Train, save the run folder and print the scores; 1 where a baseline is not beaten."""
    from mimo_portable import zoo
    from mimo_portable.training import memory

    zoo.find(args.name).configuration(args.configuration)  # before a backend takes seconds to load
    memory.keep_freed()
    _backend.choose(args.backend)
    from mimo_portable import training

    plan = _plan(args)
    result = training.run(plan, args.out, resume=args.resume, report=_Printer())
    if args.json:
        _verb.print_json(result.metrics)
    else:
        _print_scores(result)
    return _errors.OK if result.metrics["beaten"] else _errors.CHECK_FAILED


def _plan(args: argparse.Namespace) -> Plan:
    from mimo_portable.training import Plan

    changed = {"epochs": args.epochs, "batch_size": args.batch_size}
    return Plan(
        model=args.name,
        configuration=args.configuration,
        options=tuple(args.config),
        recipe={name: value for name, value in changed.items() if value is not None},
        source=args.data,
        variant=args.variant,
        seed=args.seed,
    )


class _Printer:
    """Show progress on standard error, which leaves standard output to the result.

    A terminal gets a line that counts the batches; a file or a pipe one line per epoch.
    """

    def __call__(self, progress: Progress) -> None:
        line = f"epoch {progress.epoch}/{progress.epochs}"
        if progress.measured:
            figures = "  ".join(f"{name} {value:.4g}" for name, value in progress.measured.items())
            _terminal.erase_line()
            print(f"{line}  {figures}", file=sys.stderr, flush=True)
        elif sys.stderr.isatty():
            _terminal.erase_line()
            step = f"{line}  batch {progress.step}/{progress.steps}"
            print(step, end="", file=sys.stderr, flush=True)


def _print_scores(result: Result) -> None:
    metrics = result.metrics
    data = metrics["data"]
    print(
        f"{metrics['model']} ({metrics['configuration']}) on {metrics['backend']}, "
        f"{metrics['epochs']} epochs, the best one {metrics['best_epoch']}, "
        f"{metrics['seconds']:.0f} s"
    )
    print(f"test part of {data['name']} ({data['origin']}, {data['samples']['test']} samples)")
    print()
    rows = [
        (
            output.output,
            name,
            f"{value:.4g}",
            f"{output.baseline_scores[name]:.4g}",
            output.baseline,
        )
        for output in result.scores
        for name, value in output.scores.items()
    ]
    _verb.print_table(("output", "score", "model", "baseline", "which is"), rows)
    print()
    for output in result.scores:
        if not output.beaten:
            print(
                f"NOT BEATEN: '{output.output}' is no better than the trivial baseline "
                f"'{output.baseline}' in {output.compared}"
            )
    print(f"saved in {result.folder}")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {number}")
    return number


def _seed(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more, got {number}")
    return number
