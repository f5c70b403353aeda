"""Train every model on the real data with every backend, and write the README's table.

    python benchmarks/real_sets.py --data FOLDER --out FOLDER

Each run is one `mimo-portable train` in a process of its own. A run whose folder is complete is not
trained again, and one that was interrupted goes on, so that the same command continues a long job.
The table says per output what the trivial baseline reaches and what the model reaches with each
backend, on the test part. It exits with 1 where a run did not beat its baseline.

With `--verify` every complete run is exported, its bundle verified on fresh golden vectors, and a
second table says what tolerance each bundle would have passed at.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODELS = ("sentiment", "forecast", "medical")
CONFIGURATIONS = ("reference", "strong")
BACKENDS = ("jax", "torch", "tensorflow")


@dataclass(frozen=True)
class Run:
    """One cell of the table."""

    model: str
    configuration: str
    backend: str

    def folder(self, out: Path) -> Path:
        """Return where the run is kept."""
        return out / self.backend / f"{self.model}-{self.configuration}"


def main(argv: Sequence[str] | None = None) -> int:
    """Train what is missing, and write the table to standard output and to `real_sets.md`."""
    args = _parser().parse_args(argv)
    runs = [
        Run(*cell) for cell in itertools.product(args.models, args.configurations, args.backends)
    ]
    if args.finished:
        runs = [run for run in runs if (run.folder(args.out) / "metrics.json").exists()]
    metrics = {run: _metrics(run, args.data, args.out) for run in runs}
    text = table(metrics)
    (args.out / "real_sets.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if args.verify:
        text = bundle_table({run: _passing_tolerance(run, args.out) for run in runs})
        (args.out / "bundles.md").write_text(text, encoding="utf-8")
        sys.stdout.write("\n" + text)
    return 0 if all(document["beaten"] for document in metrics.values()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, help="folder with the real sets")
    parser.add_argument("--out", required=True, type=Path, help="folder for the runs and the table")
    parser.add_argument(
        "--finished", action="store_true", help="train nothing: show the runs that are complete"
    )
    parser.add_argument("--verify", action="store_true", help="export each run and verify it")
    for name, choices in (
        ("models", MODELS),
        ("configurations", CONFIGURATIONS),
        ("backends", BACKENDS),
    ):
        parser.add_argument(f"--{name}", nargs="+", choices=choices, default=choices)
    return parser


def _metrics(run: Run, data: str, out: Path) -> Mapping[str, Any]:
    folder = run.folder(out)
    path = folder / "metrics.json"
    if not path.exists():
        words = ["train", run.model, "--backend", run.backend]
        words += ["--configuration", run.configuration, "--data", data, "--out", str(folder)]
        if (folder / "config.json").exists():
            words.append("--resume")
        # 1 says that a baseline was not beaten, which the table is to show; the table itself goes
        # to standard output, so that the run's own must not.
        _tool(words, (0, 1), stdout=sys.stderr)
    document: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _passing_tolerance(run: Run, out: Path) -> float:
    """Export a run unless its bundle is there, verify it, and return what would have passed."""
    bundle = out / "bundles" / run.backend / f"{run.model}-{run.configuration}"
    if not bundle.exists():
        _tool(["export", str(run.folder(out)), "-o", str(bundle)], (0,), stdout=sys.stderr)
    answer = _tool(["verify", str(bundle), "--json"], (0,), stdout=subprocess.PIPE)
    found = json.loads(answer)
    rows = [row for part in ("stored", "fresh") for row in (found[part] or {"rows": []})["rows"]]
    return max(row["passing_tolerance"] for row in rows if row["gates"])


def _tool(words: Sequence[str], codes: Sequence[int], stdout: Any) -> str:
    command = [sys.executable, "-m", "mimo_portable", *words]
    done = subprocess.run(command, stdout=stdout, text=True, check=False)  # noqa: S603
    if done.returncode not in codes:
        raise SystemExit(done.returncode)
    return done.stdout or ""


def table(metrics: Mapping[Run, Mapping[str, Any]]) -> str:
    """Return the Markdown table: a row for each score, a column for each backend.

    A figure that does not beat the baseline is marked with an asterisk.
    """
    backends = [name for name in BACKENDS if any(run.backend == name for run in metrics)]
    header = ["model", "configuration", "test data", "output", "score", "baseline", *backends]
    lines = [header, ["---"] * len(header)]
    for model, configuration in dict.fromkeys((run.model, run.configuration) for run in metrics):
        documents = [metrics.get(Run(model, configuration, backend)) for backend in backends]
        first = next(document for document in documents if document is not None)
        data = first["data"]
        about = f"{data['name']} ({data['origin']}, {data['samples']['test']})"
        for name, output in first["outputs"].items():
            for score, trivial in output["baseline_scores"].items():
                baseline = f"{trivial:.4g} ({output['baseline']})"
                figures = [
                    "not run" if document is None else _figure(document["outputs"][name], score)
                    for document in documents
                ]
                lines.append([model, configuration, about, name, score, baseline, *figures])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def bundle_table(tolerances: Mapping[Run, float]) -> str:
    """Return the Markdown table of what each verified bundle would have passed at."""
    lines = [["model", "configuration", *BACKENDS], ["---"] * 5]
    for model, configuration in dict.fromkeys((run.model, run.configuration) for run in tolerances):
        found = [tolerances.get(Run(model, configuration, backend)) for backend in BACKENDS]
        shown = ["not run" if size is None else f"{size:.1e}" for size in found]
        lines.append([model, configuration, *shown])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _figure(output: Mapping[str, Any], score: str) -> str:
    failed = score == output["compared"] and not output["beaten"]
    return f"{output['scores'][score]:.4g}{'*' if failed else ''}"


if __name__ == "__main__":
    raise SystemExit(main())
