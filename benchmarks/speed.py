"""Time nine models beside every other way to run them, and write a page with tables and plots.

    python benchmarks/speed.py --out FOLDER [--page FILE] [--rounds N] [MODEL ...]

Weights are random: times do not depend on them. A model whose result is in the folder is not run
again. `--page` with `--page-only` measures no model, and names those that have no result yet.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import speed_export
import speed_models
import speed_page


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is missing, and write the page."""
    args = _parser().parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.make:
        _make(args.make, args.out)
        return 0
    names = args.models or [model.name for model in speed_models.MODELS]
    for name in () if args.page_only else names:
        if not (args.out / f"{name}.json").exists():
            sys.stderr.write(f"{name}\n")
            _measure(name, args.out, args.rounds, tuple(args.peer))
    exports = args.out / "export.json"
    machine = args.out / "machine.json"
    if args.page and not exports.exists():
        exports.write_text(json.dumps(_exports(args.out)), encoding="utf-8")
    if args.page and not machine.exists():
        machine.write_text(json.dumps(_machine(args.out)), encoding="utf-8")
    if args.page:
        speed_page.write(args.out, [model.name for model in speed_models.MODELS], args.page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help="by name; default: all")
    parser.add_argument("--out", required=True, type=Path, help="folder for bundles and results")
    parser.add_argument("--page", type=Path, help="write tables here and plots beside it")
    parser.add_argument("--page-only", action="store_true", help="of what is in the folder")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each peer (7)")
    parser.add_argument("--peer", action="append", default=[], help="this one only; repeatable")
    parser.add_argument("--make", help=argparse.SUPPRESS)
    return parser


def _measure(name: str, out: Path, rounds: int, peers: tuple[str, ...]) -> None:
    """Make a bundle in a process of its own, then time it in this one, which has no backend."""
    from mimo_export.bench import Settings, bench_bundle  # noqa: PLC0415 - the page does without
    from mimo_export.bench.turns import Effort  # noqa: PLC0415 - as above

    command = [sys.executable, __file__, "--make", name, "--out", str(out)]
    subprocess.run(command, check=True)  # noqa: S603 - the interpreter that runs this
    batches = speed_models.find(name).batches
    settings = Settings(batches=batches, peers=peers, effort=Effort(rounds=rounds))
    found = bench_bundle(
        out / "bundles" / name,
        settings,
        lambda text: print(f"  {text}", file=sys.stderr),  # noqa: T201
    )
    (out / f"{name}.json").write_text(json.dumps(found.to_dict()), encoding="utf-8")


def _make(name: str, out: Path) -> None:
    import keras  # noqa: PLC0415 - this process alone has a backend

    from mimo_export import ExportOptions, Tolerance, export_bundle  # noqa: PLC0415 - as above

    keras.utils.set_random_seed(0)
    wanted = speed_models.find(name)
    (out / "models").mkdir(exist_ok=True)
    model = wanted.build()
    model.save(out / "models" / f"{name}.keras")
    tolerance = Tolerance(wanted.tolerance, wanted.tolerance)
    export_bundle(model, out / "bundles" / name, options=ExportOptions(tolerance=tolerance))


def _machine(out: Path) -> list[dict[str, float]]:
    from mimo_export.bench.measure import measure_machine  # noqa: PLC0415 - the page does without
    from mimo_export.bench.runner import all_cores  # noqa: PLC0415 - as above

    return [asdict(measure_machine(threads, out)) for threads in dict.fromkeys((1, all_cores()))]


def _exports(out: Path) -> dict[str, object]:
    layers = [str(count) for count in speed_export.LAYERS]
    return {
        "models": [asdict(e) for e in speed_export.measure_all(speed_export.NAMES)],
        "layers": [asdict(e) for e in speed_export.measure_all(layers)],
        "cold": {
            name: speed_export.cold(out / "models" / f"{name}.keras")
            for name in speed_export.NAMES[:3]
        },
    }


if __name__ == "__main__":
    raise SystemExit(main())
