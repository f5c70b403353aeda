# ruff: noqa: T201 - a program: it prints its table
"""Runs Keras's own tests, from the installed wheel, against our backend and onnxruntime.

PYTHONPATH=tests KERAS_BACKEND=tensorflow python -m conformance.run [--dynamic] [numpy ...]

Tests of operations compare with NumPy: TensorFlow skips the fewest of them, and keeps 64-bit
dtypes. Tests of layers compare with the layer on the running backend, whichever it is. Each subject
has a process of its own: one that dies takes no other along, and counts as failed. A test that
fails is run once more without our backend, in another process: what fails there as well is not
ours. The exit code is 1 where a test failed that is ours.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import pytest
from conformance.comparison import Comparison
from conformance.evaluation import Evaluation
from conformance.known import reasons
from conformance.outcomes import FAILED, KERAS_FAILS, KNOWN, Outcome, Recorder
from conformance.report import document, markdown
from conformance.suites import NAMES, Sample, files, home, provide_conftest


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tests that are asked for, print a table, return the exit code."""
    options = _parser().parse_args(argv)
    warnings.simplefilter("ignore")
    if options.part:
        _run_part(options)
        return 0
    names = options.names or NAMES
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(lambda name: _outcomes(_arguments(options, name), files(name)), names)
    found = [outcome for part in parts for outcome in part]
    outcomes = _without_kerass_own(found, reasons(dynamic=options.dynamic))
    about = {
        "keras": keras.version(),
        "backend": keras.backend.backend(),
        "sizes": "dynamic" if options.dynamic else "static",
        "one test of": options.every,
    }
    text = markdown(outcomes, about)
    print(text)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "conformance.md").write_text(text, encoding="utf-8")
        found = json.dumps(document(outcomes, about), indent=1)
        (options.out / "conformance.json").write_text(found + "\n", encoding="utf-8")
    return int(not outcomes or any(outcome.kind == FAILED for outcome in outcomes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--dynamic", action="store_true", help="hide the sizes from the trace")
    parser.add_argument("--every", type=int, default=1, help="run a fixed part: one test of N")
    parser.add_argument("-k", default="", help="as in pytest")
    parser.add_argument("--out", type=Path, help="write conformance.md and .json into a folder")
    parser.add_argument("--part", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser


def _arguments(options: argparse.Namespace, name: str) -> list[str]:
    """Return the arguments of the process that runs one subject."""
    dynamic = ["--dynamic"] if options.dynamic else []
    return [name, *dynamic, "--every", str(options.every), "-k", options.k]


def _outcomes(arguments: Sequence[str], targets: Sequence[Path | str]) -> list[Outcome]:
    """Run tests in a process of their own, and return how they ended."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.json"
        part.write_text(json.dumps([str(target) for target in targets]), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "conformance.run", *arguments, "--part", str(part)],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode == 0:
            found = json.loads(part.read_text(encoding="utf-8"))
            return [Outcome(**fields) for fields in found]
    files_run = " ".join(Path(target).name for target in targets)
    reason = f"the process ended with {done.returncode}: {done.stderr[-2000:]}"
    return [Outcome(files_run, "", FAILED, reason)]


def _run_part(options: argparse.Namespace) -> None:
    """Run the tests that a file names, and write over it how they ended."""
    targets = json.loads(options.part.read_text(encoding="utf-8"))
    plugins = [Sample(options.every)] if options.every > 1 else []
    found = _run(targets, None if options.alone else options.dynamic, plugins, options.k)
    text = json.dumps([dataclasses.asdict(outcome) for outcome in found])
    options.part.write_text(text, encoding="utf-8")


def _run(
    targets: Sequence[str], dynamic: bool | None, plugins: Sequence[object], expression: str
) -> list[Outcome]:
    """Run tests and return how each ended; where `dynamic` is None, without our backend."""
    ways = None if dynamic is None else (Evaluation(dynamic=dynamic), Comparison(dynamic=dynamic))
    provide_conftest()
    recorder = Recorder(home(), ways)
    pytest.main(
        [
            *("-q", "--no-header", "--no-summary", "--tb=no", "-c", os.devnull),
            *("--rootdir", str(home()), "--import-mode=importlib", "-k", expression),
            "--continue-on-collection-errors",
            *("-p", "no:cacheprovider", "-p", "no:warnings", "-p", "no:xdist"),
            *targets,
        ],
        plugins=[recorder, *plugins],
    )
    return list(recorder.outcomes.values())


def _without_kerass_own(outcomes: Sequence[Outcome], known: Mapping[str, str]) -> list[Outcome]:
    """Mark the failed tests that fail without our backend too, and those that cannot agree."""
    failed = [str(home() / o.name) for o in outcomes if o.kind == FAILED and o.test]
    again = _outcomes(["--alone"], failed) if failed else []
    alone = {outcome.name for outcome in again if outcome.kind == FAILED}
    marked = []
    for outcome in outcomes:
        if outcome.kind == FAILED and outcome.name in alone:
            marked.append(dataclasses.replace(outcome, kind=KERAS_FAILS))
        elif outcome.kind == FAILED and outcome.name in known:
            marked.append(dataclasses.replace(outcome, kind=KNOWN, reason=known[outcome.name]))
        else:
            marked.append(outcome)
    return marked


if __name__ == "__main__":
    sys.exit(main())
