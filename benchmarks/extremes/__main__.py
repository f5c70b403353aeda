"""Hold operations at large sizes and on special values against float64; write EXTREMES.md.

    python -m extremes [--page FILE] [--out FOLDER] [NAME ...]

In the folder benchmarks/. Each of Keras's backends answers in a process of its own. It exits with 1
where a row breaks a rule that it has no reason for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from speed_profile import open_session

from extremes.case import Case
from extremes.cases import cases
from extremes.measure import SPECIAL, error, file_answer, kinds, special_rows
from extremes.page import BACKENDS, Row, table
from extremes.worker import file_of, truth_of
from mimo_export.bench.timing import Burst, burst, ratios
from mimo_export.bench.turns import Effort, take_turns

BENCHMARKS = Path(__file__).parents[1]
EFFORT = Effort(rounds=9, seconds=0.02, limit=20)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--page", type=Path, help="write it here (default: standard output)")
    parser.add_argument("--out", type=Path, help="keep files and answers (default: do not)")
    parser.add_argument("names", nargs="*", help="parts of names (default: all cases)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (args.out or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        rows = measured(folder, args.names)
    text = table(rows)
    if args.page is None:
        sys.stdout.write(text)
    else:
        args.page.write_text(text, encoding="utf-8")
    faults = [(row.case.name, row.data, fault) for row in rows for fault in row.faults()]
    for name, data, fault in faults:
        sys.stderr.write(f"{name} on data around {data}: {fault}\n")
    return 1 if faults else 0


def measured(folder: Path, names: Sequence[str]) -> list[Row]:
    """Return the rows of all cases, or of those whose names have one of these parts in them."""
    chosen = {
        number: case
        for number, case in enumerate(cases())
        if not names or any(name in case.name for name in names)
    }
    for backend in dict.fromkeys(case.truth for case in chosen.values()):
        _run("worker", backend, str(folder), "--truth", *names, check=True)
    for backend in BACKENDS:
        _run("worker", backend, str(folder), *names, check=True)
    found = {
        backend: json.loads((folder / f"{backend}.json").read_text("utf-8")) for backend in BACKENDS
    }
    _write_stock(folder, list(chosen))
    rows: list[Row] = []
    for number, case in chosen.items():
        of_case = {backend: answers[case.name] for backend, answers in found.items()}
        rows += _rows(folder, number, case, of_case)
    return rows


def _write_stock(folder: Path, numbers: list[int]) -> None:
    """Let Keras export what it can, in a new process after each case that ends one."""
    while numbers:
        done = _run("stock", "tensorflow", str(folder), *map(str, numbers)) == 0
        tried = int((folder / "stock" / "tried").read_text("ascii"))
        numbers = [] if done else [number for number in numbers if number > tried]


def _run(script: str, backend: str, *words: str, check: bool = False) -> int:
    env = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", f"extremes.{script}", *words]
    done = subprocess.run(  # noqa: S603 - this interpreter, on our own modules
        command, env=env, cwd=BENCHMARKS, check=check
    )
    return done.returncode


def _rows(folder: Path, number: int, case: Case, found: dict[str, Any]) -> list[Row]:
    faster = [_faster(folder, number, place, case) for place in range(len(case.sizes))]
    special = _special(folder, number, case, found)
    one, *others = (answers["bytes"] for answers in found.values())
    return [
        Row(
            case,
            data,
            [_file_error(folder, number, place, case, data) for place in range(len(case.sizes))],
            {backend: answers["errors"][data] for backend, answers in found.items()},
            special if place == 0 else {},
            all(other == one for other in others),
            faster if place == 0 else [],
        )
        for place, (data, _) in enumerate(case.data)
    ]


def _file_error(folder: Path, number: int, place: int, case: Case, data: str) -> float:
    answer = file_answer(file_of(folder / "files" / "jax", number, place))
    with np.load(truth_of(folder, number, place, data)) as truths:
        return error(answer(case.draw(case.sizes[place], data)), list(truths.values()))


def _special(
    folder: Path, number: int, case: Case, found: dict[str, Any]
) -> dict[str, dict[str, str]]:
    answer = file_answer(file_of(folder / "files" / "jax", number, 0))
    rows = {name: special_rows(case, name) for name in SPECIAL}
    return {
        name: {
            "file": kinds(answer(x)),
            **{backend: answers["special"][name] for backend, answers in found.items()},
        }
        for name, x in rows.items()
        if x is not None
    }


def _faster(folder: Path, number: int, place: int, case: Case) -> float | None:
    """Return how many times longer Keras's own export takes than our file."""
    plain = file_of(folder / "stock", number, place)
    if not plain.exists():
        return None
    x = case.draw(case.sizes[place], case.data[0][0])
    files = {"ours": file_of(folder / "files" / "jax", number, place), "plain": plain}
    found = take_turns({name: _turn(path, x) for name, path in files.items()}, EFFORT)
    return ratios(found["ours"], found["plain"]).median


def _turn(path: Path, x: Any) -> Callable[[float], Burst]:
    session = open_session(str(path), 1)
    run = partial(session.run, None, {session.get_inputs()[0].name: x})
    return lambda seconds: burst(run, seconds)


if __name__ == "__main__":
    sys.exit(main())
