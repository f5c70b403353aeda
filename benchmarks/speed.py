"""Time nine models beside every other way to run them, and write a page with tables and plots.

    python benchmarks/speed.py [--rounds N] [--peer NAME ...] [NAME ...]

A NAME is a model, or "export" for the times of exports; without one all are measured. What was
measured is kept as a file for each in `benchmarks/results`, with the machine that it was measured
on, and the page is written of all that is there: `--page-only` does nothing else. Weights are
random: times do not depend on them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import speed_export
import speed_models
import speed_page
import speed_results

EXPORT = "export"
_FOLDER = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for, keep it, and write the page."""
    args = _parser().parse_args(argv)
    if args.make:
        _make(args.make, args.out)
        return 0
    known = [*(model.name for model in speed_models.MODELS), EXPORT]
    if unknown := [name for name in args.names if name not in known]:
        sys.stderr.write(f"there is no {', '.join(unknown)}: choose from {', '.join(known)}\n")
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    for name in () if args.page_only else args.names or known:
        sys.stderr.write(f"{name}\n")
        if name == EXPORT:
            found = _exports(args.out)
        else:
            found = _measure(name, args.out, args.rounds, tuple(args.peer))
        speed_results.write(args.results, name, found)
    speed_page.write(args.results, [model.name for model in speed_models.MODELS], args.page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="a model or export; default: all")
    parser.add_argument("--page-only", action="store_true", help="of what was measured before")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each peer (7)")
    parser.add_argument("--peer", action="append", default=[], help="this one only; repeatable")
    folder = parser.add_argument_group("where files go")
    folder.add_argument("--out", type=Path, default=Path("runs/bench"), help="bundles (runs/bench)")
    folder.add_argument("--results", type=Path, default=_FOLDER / "results", help="what is found")
    folder.add_argument("--page", type=Path, default=_FOLDER / "RESULTS.md", help="and its plots")
    parser.add_argument("--make", help=argparse.SUPPRESS)
    return parser


def _measure(name: str, out: Path, rounds: int, peers: tuple[str, ...]) -> dict[str, object]:
    """Make a bundle in a process of its own, then time it in this one, which has no backend."""
    from mimo_export.bench import Settings, bench_bundle  # noqa: PLC0415 - the page does without
    from mimo_export.bench.turns import Effort  # noqa: PLC0415 - as above

    _run("--make", name, "--out", str(out))
    batches = speed_models.find(name).batches
    settings = Settings(batches=batches, peers=peers, effort=Effort(rounds=rounds))
    found = bench_bundle(
        out / "bundles" / name,
        settings,
        lambda text: print(f"  {text}", file=sys.stderr),  # noqa: T201
    )
    return found.to_dict()


def _run(*words: str) -> None:
    command = [sys.executable, __file__, *words]
    subprocess.run(command, check=True)  # noqa: S603 - the interpreter that runs this


def _make(name: str, out: Path) -> None:
    import keras  # noqa: PLC0415 - this process alone has a backend

    from mimo_export import ExportOptions, Tolerance, export_bundle  # noqa: PLC0415 - as above

    keras.utils.set_random_seed(0)
    wanted = speed_models.find(name)
    (out / "models").mkdir(parents=True, exist_ok=True)
    model = wanted.build()
    model.save(out / "models" / f"{name}.keras")
    tolerance = Tolerance(wanted.tolerance, wanted.tolerance)
    export_bundle(model, out / "bundles" / name, options=ExportOptions(tolerance=tolerance))


def _exports(out: Path) -> dict[str, object]:
    layers = [str(count) for count in speed_export.LAYERS]
    cold = {}
    for name in speed_export.NAMES[:3]:
        _run("--make", name, "--out", str(out))
        cold[name] = speed_export.cold(out / "models" / f"{name}.keras")
    return {
        "models": [asdict(e) for e in speed_export.measure_all(speed_export.NAMES)],
        "layers": [asdict(e) for e in speed_export.measure_all(layers)],
        "cold": cold,
    }


if __name__ == "__main__":
    raise SystemExit(main())
