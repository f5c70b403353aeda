"""Replay a bundle's golden vectors wherever there is a host for it, and keep what came of it.

Each language's project is written around the bundle, built and run as its README says; its `verify`
program compares with Keras's answers itself and prints one JSON document. What is not installed was
not run, which is never a pass; what is installed and cannot run the bundle has failed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from onnx.reference import ReferenceEvaluator

from mimo_export import manifest
from mimo_export.amend import amended
from mimo_export.compare import CONTRACT, Comparison, Difference
from mimo_export.errors import InputError, MimoExportError
from mimo_export.golden import read_cases
from mimo_export.hosts.embed import embed_bundle
from mimo_export.hosts.language import Language, Runtime, find_language, language_names
from mimo_export.manifest import Bundle, open_bundle
from mimo_export.report import Answers, jsonable, make_report, run_onnx
from mimo_export.runtimes import UNASKED_SAVED_MODEL
from mimo_export.verify import STORED, published_tolerance

ALL = "all"
REFERENCE = "onnx.reference"
LEVELS = {"onnxruntime": "all", "onnxruntime, basic": "basic", "onnxruntime, not optimised": "none"}
_MINUTES = 20  # for one command; the first build fetches packages
_SHOWN = 300  # letters of what a command printed last


def runtime_names() -> tuple[str, ...]:
    """Return what runs in Python, then every runtime that a language has a program for."""
    hosts = (r.name for name in language_names() for r in find_language(name).runtimes)
    return (*LEVELS, REFERENCE, *hosts)


def replay_bundle(
    directory: str | Path,
    names: Sequence[str] = (ALL,),
    tell: Callable[[str], None] = lambda text: None,
    *,
    saved_model: bool = False,
) -> tuple[Comparison, ...]:
    """Replay the golden vectors in some runtimes, and put the rows into the bundle's parity.json.

    Args:
        directory: The bundle; it is replaced in one step, or stays as it is.
        names: Of `runtime_names`, or "all".
        tell: Is called with the name of each runtime before it is run.
        saved_model: Whether "all" means the runtimes of the SavedModel too, which is a program of
            the bundle's maker; those that are named are run.

    Raises:
        BundleError: There is no bundle, or its files were altered.
        InputError: There is no runtime of that name.
        OSError: The disk is full or cannot be written.
    """
    known = runtime_names()
    for name in names:
        if name not in (ALL, *known):
            raise InputError(
                f"there is no runtime '{name}'", remedy=f"choose from all, {'; '.join(known)}"
            )
    bundle = open_bundle(directory)
    manifest.check_files(bundle)
    rows = _in_python(bundle, names, tell)
    with tempfile.TemporaryDirectory() as scratch:
        for name in language_names():
            language = find_language(name)
            wanted = [r for r in language.runtimes if ALL in names or r.name in names]
            if wanted:
                unasked = {
                    r.name
                    for r in wanted
                    if "saved_model" in r.formats and not saved_model and r.name not in names
                }
                rows += _replay_in(bundle, language, wanted, Path(scratch) / name, tell, unasked)
    _keep(bundle, rows)
    return tuple(rows)


def _in_python(
    bundle: Bundle, names: Sequence[str], tell: Callable[[str], None]
) -> list[Comparison]:
    """Run the ONNX file in onnxruntime, and in the evaluator that ONNX is defined by."""
    path, signature = bundle.folder / manifest.ONNX, bundle.signature
    if "onnx" not in bundle.formats:
        return []
    cases = read_cases(bundle.folder / manifest.GOLDEN, signature)
    answers: list[Answers] = []
    for name, level in LEVELS.items():
        if ALL in names or name in names:
            tell(name)
            answers += run_onnx(path, cases, signature, {name: level})
    if ALL in names or REFERENCE in names:
        tell(REFERENCE)
        evaluator = ReferenceEvaluator(str(path))
        order = [spec.name for spec in signature.outputs]
        found = [evaluator.run(order, dict(case.inputs)) for case in cases]
        outputs = tuple(dict(zip(order, values, strict=True)) for values in found)
        answers.append(Answers(REFERENCE, outputs))
    tolerance = published_tolerance(bundle)
    return list(make_report(answers, cases, signature, tolerance, reference=STORED).rows)


def _replay_in(
    bundle: Bundle,
    language: Language,
    runtimes: Sequence[Runtime],
    project: Path,
    tell: Callable[[str], None],
    unasked: Collection[str],
) -> list[Comparison]:
    """Write one project, and run it in each of a language's runtimes, but those not asked for."""
    missing = {
        r.name: _missing(bundle, language, r) or (UNASKED_SAVED_MODEL if r.name in unasked else "")
        for r in runtimes
    }
    if not all(missing.values()):
        try:
            embed_bundle(bundle.folder, language.name, project)
        except MimoExportError as error:
            missing = dict.fromkeys(missing, error.what)
    rows, built = [], set[tuple[str, ...]]()
    for runtime in runtimes:
        tell(runtime.name)
        rows += (
            _not_run(bundle, runtime.name, missing[runtime.name])
            if missing[runtime.name]
            else _run(bundle, runtime, project, built)
        )
    return rows


def _missing(bundle: Bundle, language: Language, runtime: Runtime) -> str:
    """Return why a runtime cannot be run here; empty where everything is there."""
    gone = [name for name in (*language.formats, *runtime.formats) if name not in bundle.formats]
    if gone:
        return f"the bundle has no {gone[0]}"
    path = _environment(runtime)["PATH"]
    absent = [tool for tool in runtime.tools if shutil.which(tool, path=path) is None]
    absent += [package for package in runtime.packages if not _installed(package)]
    return f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed" * bool(
        absent
    )


def _installed(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def _environment(runtime: Runtime) -> dict[str, str]:
    # A build asks `python3` where this Python's packages are.
    here = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": here, **runtime.environment}


def _not_run(bundle: Bundle, name: str, why: str) -> list[Comparison]:
    return [Comparison(name, spec.name, "not run", why) for spec in bundle.signature.outputs]


def _run(
    bundle: Bundle, runtime: Runtime, project: Path, built: set[tuple[str, ...]]
) -> list[Comparison]:
    for command in runtime.setup:
        if command not in built:
            done = _call(command, runtime, project)
            if done.returncode:
                return _not_run(bundle, runtime.name, f"{command[0]} failed: {_last(done)}")
            built.add(command)
    done = _call(runtime.verify, runtime, project)
    try:
        document = json.loads(done.stdout)
    except json.JSONDecodeError:
        reason = f"it ended with {done.returncode}: {_last(done)}"
        return [Comparison(runtime.name, CONTRACT, "fail", reason)]
    return [_row(runtime.name, output) for output in document["outputs"]]


def _call(
    command: Sequence[str], runtime: Runtime, project: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - commands of our own host.toml
        list(command),
        cwd=project,
        env=_environment(runtime),
        capture_output=True,
        text=True,
        timeout=60 * _MINUTES,
        check=False,
    )


def _last(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stderr or done.stdout).split())[-_SHOWN:]


def _row(runtime: str, output: Mapping[str, Any]) -> Comparison:
    worst = output["worst"]
    largest = None
    if worst is not None and output["max_abs"] is not None:
        expected, got = float(worst["expected"]), float(worst["got"])
        place = (str(worst["case"]), tuple(worst["index"]))
        largest = Difference(float(output["max_abs"]), *place, expected, got)
    passing = output["passing_tolerance"]
    return Comparison(
        runtime,
        output["name"],
        output["status"],
        output["reason"],
        values=output["values"],
        largest=largest,
        passing_tolerance=None if passing is None else float(passing),
        classes=output["classes"],
    )


def _keep(bundle: Bundle, rows: Sequence[Comparison]) -> None:
    """Put rows into parity.json, in the place of older ones of the same runtimes."""
    with amended(bundle) as folder:
        path = folder / manifest.PARITY
        parity = dict(manifest.read_json(path))
        new = {row.runtime for row in rows}
        kept = [row for row in parity.get("rows", []) if row["runtime"] not in new]
        parity["rows"] = [*kept, *(jsonable(dataclasses.asdict(row)) for row in rows)]
        manifest.write_json(path, parity)
