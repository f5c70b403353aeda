# ruff: noqa: T201 - a program: it prints its table
"""Runs Keras's own tests, from the installed wheel, against our backend and onnxruntime.

PYTHONPATH=tests KERAS_BACKEND=tensorflow python -m conformance.run [--dynamic] [numpy ...]

Tests of operations compare with NumPy: TensorFlow skips the fewest of them, and keeps 64-bit
dtypes. Tests of layers compare with the layer on the running backend, whichever it is. A test that
fails is run once more without our backend, in a process of its own: what fails there as well is
not ours. The exit code is 1 where a test failed that is ours.
"""

from __future__ import annotations

import argparse
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
    if options.alone:
        tests = json.loads(options.alone.read_text(encoding="utf-8"))
        failed = [name for name, o in _run(tests, None, []).items() if o.kind == FAILED]
        options.alone.write_text(json.dumps(failed), encoding="utf-8")
        return 0
    targets = [str(path) for name in options.names or NAMES for path in files(name)]
    ways = Evaluation(dynamic=options.dynamic), Comparison(dynamic=options.dynamic)
    plugins = [Sample(options.every)] if options.every > 1 else []
    outcomes = _without_kerass_own(
        _run(targets, ways, plugins, options.k), reasons(dynamic=options.dynamic)
    )
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
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    return parser


def _run(
    targets: Sequence[str],
    ways: tuple[Evaluation, Comparison] | None,
    plugins: Sequence[object],
    expression: str = "",
) -> dict[str, Outcome]:
    """Run tests and return how each ended, by name."""
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
    return recorder.outcomes


def _without_kerass_own(outcomes: Mapping[str, Outcome], known: Mapping[str, str]) -> list[Outcome]:
    """Mark the failed tests that fail without our backend too, and those that cannot agree."""
    failed = [name for name, outcome in outcomes.items() if outcome.kind == FAILED]
    alone = _failing_alone(failed) if failed else set()
    marked = []
    for name, outcome in outcomes.items():
        if outcome.kind == FAILED and name in alone:
            marked.append(dataclasses.replace(outcome, kind=KERAS_FAILS))
        elif outcome.kind == FAILED and name in known:
            marked.append(dataclasses.replace(outcome, kind=KNOWN, reason=known[name]))
        else:
            marked.append(outcome)
    return marked


def _failing_alone(names: Sequence[str]) -> set[str]:
    """Return those of some tests that fail without our backend, in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tests.json"
        path.write_text(json.dumps([str(home() / name) for name in names]), encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "conformance.run", "--alone", str(path)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return set(json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
