"""Optimise a bundle: write the smaller file, measure it beside the original, publish or refuse."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx

from mimo_export import manifest
from mimo_export.amend import amended
from mimo_export.bench import onnx_runner
from mimo_export.bench.runner import Request
from mimo_export.bench.samples import Samples
from mimo_export.bench.timing import burst, milliseconds, ratios
from mimo_export.bench.turns import Effort, take_turns
from mimo_export.bundle_schema import OPTIMIZED, read_optimized
from mimo_export.compare import Comparison
from mimo_export.contract import Signature
from mimo_export.errors import InputError
from mimo_export.golden import read_cases
from mimo_export.manifest import Bundle
from mimo_export.one_batch import check_one_batch
from mimo_export.onnx_runtime import Arrays, OnnxModel
from mimo_export.optimize import float16, int8
from mimo_export.optimize.report import TITLE, Latency, Optimized, section
from mimo_export.optimize.task import Task, change
from mimo_export.optimize.trial import Trial
from mimo_export.optimize.weights import kept
from mimo_export.report import make_report, run_onnx
from mimo_export.verify import STORED, published_tolerance

PRECISIONS = ("float16", "int8", "int8-static")
PAPER = OPTIMIZED
"""What a bundle says about its smaller files."""

_ROWS = 256  # of one run while scoring
_CALIBRATION_ROWS = 32  # of one run while calibrating


@dataclass(frozen=True)
class Settings:
    """What is allowed, and how times are taken.

    Attributes:
        max_drop: The largest loss of any score, as a share of the original's: 0.01 is one
            hundredth.
        batches: Rows of the runs that are timed.
        threads: That they may use.
        effort: How long they are timed.
    """

    max_drop: float = 0.01
    batches: tuple[int, ...] = (1, 32)
    threads: int = 1
    effort: Effort = field(default_factory=Effort)


def optimize_bundle(
    directory: str | Path, precision: str, task: Task, settings: Settings | None = None
) -> Optimized:
    """Put `model.PRECISION.onnx` beside a bundle's `model.onnx`, if the scores stay in the budget.

    Args:
        directory: The bundle. It is replaced in one step, or stays as it is.
        precision: "float16", "int8" or "int8-static".
        task: What the files are scored on.
        settings: See `Settings`.

    Returns:
        Everything that was measured. Where it has not `passed`, nothing was published.

    Raises:
        BundleError: There is no bundle, no ONNX file in it, or its files were altered.
        InputError: The precision is unknown, the task has no rows, or the file would not be
            smaller.
        OSError: The disk is full or cannot be written; what was there before is untouched.
    """
    settings = settings or Settings()
    bundle = manifest.open_bundle(directory)
    manifest.check_files(bundle, "onnx")
    _check(bundle, precision, task)
    with tempfile.TemporaryDirectory() as scratch:
        smaller = Path(scratch) / f"model.{precision}.onnx"
        refused = _write(bundle, precision, task, smaller)
        _check_size(bundle.folder / manifest.ONNX, smaller)
        found = _measured(bundle, smaller, precision, task, settings, refused)
        if found.passed:
            _publish(bundle, smaller, found)
    return found


def _check(bundle: Bundle, precision: str, task: Task) -> None:
    if precision not in PRECISIONS:
        raise InputError(
            f"'{precision}' is not known", remedy=f"choose from {', '.join(PRECISIONS)}"
        )
    check_one_batch(bundle, "the optimizer")
    if not len(task):
        raise InputError(
            "there are no rows to score the model on",
            where=task.name,
            remedy="give data with at least one row",
        )
    beside = bundle.folder / f"{manifest.ONNX}.data"
    if beside.exists():
        raise InputError(
            "the model's weights are in a file of their own, which onnxruntime's tools do not take",
            where=str(beside),
            remedy="this is for models up to 2 GiB",
        )


def _check_size(original: Path, smaller: Path) -> None:
    before, after = original.stat().st_size, smaller.stat().st_size
    if after >= before:
        raise InputError(
            f"the file would not be smaller: {after:,} bytes, where the original has {before:,}",
            where=str(original),
            remedy="keep the original; weights below 1 KiB stay as they are",
        )


def _write(bundle: Bundle, precision: str, task: Task, target: Path) -> tuple[str, ...]:
    """Write the smaller file; return what stays in float32 besides what is seen in the file."""
    model = onnx.load(bundle.folder / manifest.ONNX)
    with Trial(bundle.folder) as trial:
        if precision == "float16":
            refused = float16.halve(model)
            target.write_bytes(model.SerializeToString(deterministic=True))
            if why := trial.problem(target):
                raise InputError(
                    f"onnxruntime cannot run the model with float16 weights: {why}",
                    where=str(bundle.folder),
                    remedy="choose another --precision",
                )
            return refused
        if precision == "int8":
            return int8.dynamic(model, target, trial.problem)
        rows = list(_batches(task.calibration, bundle.signature, _CALIBRATION_ROWS))
        if not rows:
            raise InputError(
                "there are no rows to calibrate with",
                where=task.name,
                remedy="give training data, or choose --precision int8, which needs none",
            )
        return int8.static(model, target, trial.problem, rows)


def _batches(arrays: Arrays, signature: Signature, rows: int) -> Iterator[Arrays]:
    """Yield batches in the contract's dtypes: what a set keeps as uint8 is cast part by part."""
    count = len(next(iter(arrays.values()), ()))
    for start in range(0, count, rows):
        yield {
            spec.name: arrays[spec.name][start : start + rows].astype(
                object if spec.dtype == "string" else spec.dtype
            )
            for spec in signature.inputs
        }


def _answers(path: Path, task: Task, signature: Signature) -> Arrays:
    """Run a file on all rows of the task."""
    model = OnnxModel(path)
    parts = [model.run(batch) for batch in _batches(task.inputs, signature, _ROWS)]
    return {spec.name: np.concatenate([p[spec.name] for p in parts]) for spec in signature.outputs}


def _measured(
    bundle: Bundle,
    smaller: Path,
    precision: str,
    task: Task,
    settings: Settings,
    refused: tuple[str, ...],
) -> Optimized:
    original = bundle.folder / manifest.ONNX
    before, after = (_answers(path, task, bundle.signature) for path in (original, smaller))
    scores = zip(task.score(before, before), task.score(after, before), strict=True)
    return Optimized(
        smaller.name,
        precision,
        task.name,
        settings.max_drop,
        (original.stat().st_size, smaller.stat().st_size),
        tuple(_timed(bundle, smaller, batch, settings) for batch in settings.batches),
        settings.threads,
        tuple(change(*pair) for pair in scores),
        _golden(bundle, smaller),
        (*kept(onnx.load(smaller)), *refused),
    )


def _golden(bundle: Bundle, smaller: Path) -> tuple[Comparison, ...]:
    """Compare the outputs with Keras's on the stored vectors, as users run the file."""
    cases = read_cases(bundle.folder / manifest.GOLDEN, bundle.signature)
    as_users_do = run_onnx(smaller, cases, bundle.signature)[:1]
    tolerance = published_tolerance(bundle)
    return make_report(as_users_do, cases, bundle.signature, tolerance, reference=STORED).rows


def _timed(bundle: Bundle, smaller: Path, batch: int, settings: Settings) -> Latency:
    inputs = Samples.read(bundle.folder / manifest.GOLDEN, bundle.signature).batch(batch).inputs
    runs = {
        path.name: onnx_runner.load(Request(path, bundle.signature, settings.threads)).bind(inputs)
        for path in (bundle.folder / manifest.ONNX, smaller)
    }
    turns = {name: lambda seconds, run=run: burst(run, seconds) for name, run in runs.items()}
    before, after = take_turns(turns, settings.effort).values()
    return Latency(batch, milliseconds(before), milliseconds(after), ratios(before, after))


def _publish(bundle: Bundle, smaller: Path, found: Optimized) -> None:
    """Replace the bundle by one that has the smaller file too."""
    with amended(bundle) as folder:
        shutil.copyfile(smaller, folder / smaller.name)
        paper = folder / PAPER
        files = read_optimized(folder)
        files[smaller.name] = found.facts()
        manifest.write_json(paper, dict(sorted(files.items())))
        card = folder / manifest.CARD
        text = card.read_text(encoding="utf-8", errors="replace").partition(TITLE)[0].rstrip()
        card.write_text(f"{text}\n\n{section(dict(sorted(files.items())))}", encoding="utf-8")
