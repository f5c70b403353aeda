"""Export a small model of every backbone of KerasHub and hold it against Keras; write a table.

    python benchmarks/hub.py --out FOLDER [--backends tensorflow,jax,torch] [MODEL ...]

Each backend has a process that builds the models of `hub_models.py` one after the other, with
weights and inputs from one generator, so that they are the same on each backend and the files can
be the same to the byte. Each is run on several batches, lengths and pictures, with texts that are
partly padding. A model that ends the process is reported, and a new process takes the next.
A small model of random weights may multiply the rounding of float32: where the file is further
from Keras than the tolerance, Keras in float64 decides, from which the file may be twice as far.
A model whose result is in the folder is not run again. It exits with 1 where a file differs from
Keras, or cannot be written; what Keras itself cannot run is a row of the table.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hub_models import MODELS
from hub_result import EXPECTED, KERAS, REFUSED, Result, path_of, read, write

BACKENDS = ("tensorflow", "jax", "torch")
_PAGE = """# The backbones of KerasHub

A small model of each, with random weights: written by `nox -s hub` (benchmarks/hub.py says how).
Differences from Keras on each backend are in units of an output's largest number, beyond 1e-5
relative. "export" is processor time, "response" how far outputs differ between the inputs of a
batch, "mask" how far they move when the padding masks say that nothing is padding, "one file"
whether the backends wrote the same bytes. Models of "fixed sizes" decide by sizes in Python.

"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, and write the table to standard output and to the page."""
    args = _parser().parse_args(argv)
    if args.worker:
        from hub_measure import work  # noqa: PLC0415 - the table can be written without a backend

        work(args.models, args.out)
        return 0
    names = args.models or [*MODELS]
    results = [
        result
        for backend in args.backends.split(",")
        for result in _results(backend, names, args.out / backend)
    ]
    results = judged(results)
    text = table(results)
    (args.page or args.out / "hub.md").write_text(_PAGE + text, encoding="utf-8")
    sys.stdout.write(text)
    return 1 if any(result.failed for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", help="names of rows; default: all")
    parser.add_argument("--out", required=True, type=Path, help="folder for results and the table")
    parser.add_argument("--backends", default=",".join(BACKENDS), help="what Keras shall run on")
    parser.add_argument("--page", type=Path, help="the Markdown file; default: hub.md in FOLDER")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser


def _results(backend: str, names: Sequence[str], out: Path) -> list[Result]:
    """Let processes work until every model has a result; the next one is of how a process ended."""
    out.mkdir(parents=True, exist_ok=True)
    while missing := [name for name in names if not path_of(name, out).exists()]:
        command = [sys.executable, __file__, "--worker", "--out", str(out), *missing]
        done = subprocess.run(  # noqa: S603
            command,
            env={**os.environ, "KERAS_BACKEND": backend},
            stdout=sys.stderr,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            _close(backend, missing, out, f"ended with {done.returncode}: {last}")
    return [read(path_of(name, out)) for name in names]


def _close(backend: str, missing: Sequence[str], out: Path, message: str) -> None:
    """Make what a process was at into the result of the model at which it ended."""
    begun = out / "begun.json"
    result = read(begun) if begun.exists() else Result(missing[0], backend)
    begun.unlink(missing_ok=True)
    write(replace(result, error=f"{result.error}: {message}" if result.error else message), out)


def judged(results: Sequence[Result]) -> list[Result]:
    """Return the results with what is nobody's fault marked.

    1. The same file, so the same weights, that agrees with Keras on one backend cannot agree with
       it on one that computes something else.
    2. What calls its framework directly, or asks for values, is refused.
    """
    agreed = {result.sha256: result.backend for result in results if not result.error}
    return [_judged(result, agreed.get(result.sha256)) for result in results]


def _judged(result: Result, other: str | None) -> Result:
    if result.error.startswith("differs") and other:
        return replace(result, error=f"{KERAS} agree with itself on {other}: {result.error}")
    if result.error.startswith(REFUSED) and MODELS[result.model].refused:
        return replace(result, error=result.error.replace(REFUSED, EXPECTED, 1))
    return result


def table(results: Sequence[Result]) -> str:
    """Return the Markdown table: a row for each model, its differences on each backend."""
    backends = [*dict.fromkeys(result.backend for result in results)]
    rows: dict[str, dict[str, Result]] = {}
    for result in results:
        rows.setdefault(result.model, {})[result.backend] = result
    header = [
        *("model", "parameters", "operators", "export", "response", "mask"),
        *backends,
        *("one file", "agrees"),
    ]
    lines = [header, ["---"] * len(header), *(_row(row, backends) for row in rows.values())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(row: Mapping[str, Result], backends: Sequence[str]) -> list[str]:
    results = [*row.values()]
    most = max(results, key=lambda result: (result.nodes, -result.seconds))
    files = {result.sha256 for result in results if result.sha256}
    errors = {f"{result.backend}: {result.error}" for result in results if result.error}
    return [
        most.model,
        str(max(result.parameters for result in results)),
        str(most.nodes),
        f"{most.seconds:.1f} s",
        f"{most.response:.2g}",
        "" if most.masked is None else f"{most.masked:.2g}",
        *(_difference(row.get(backend)) for backend in backends),
        {0: "", 1: "yes"}.get(len(files), "no"),
        "; ".join(sorted(errors)).replace("|", "\\|") or "yes",
    ]


def _difference(result: Result | None) -> str:
    if result is None or not result.sha256:
        return ""
    text = f"{result.difference:.1e}"
    if result.exact is None:
        return text
    return f"{text} ({result.exact:.1e}, Keras {result.rounding:.1e} from float64)"


if __name__ == "__main__":
    raise SystemExit(main())
