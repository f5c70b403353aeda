"""One ONNX file of a model, held against Keras before it is there: the quick way to export.

A bundle (`export_bundle`) holds the golden vectors and the report as well, and other formats; what
it would refuse is refused here too, on the same vectors.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import onnx_ir as ir

from mimo_export.archive import load_keras
from mimo_export.compare import Tolerance
from mimo_export.declare import load_with_inputs, spec_of, with_inputs
from mimo_export.golden import make_golden
from mimo_export.keras_runtime import answer
from mimo_export.onnx import checked_trace, finished_model
from mimo_export.onnx_file import write_onnx
from mimo_export.ranges import ranges_of
from mimo_export.report import LEVELS, make_report, run_onnx
from mimo_export.row_numbers import RowNumbers, row_numbers
from mimo_export.signature import precision_of, signature_in
from mimo_export.workspace import workspace

_OPTIMISED = {name: level for name, level in LEVELS.items() if level == "all"}


def export_onnx(
    model_or_path: Any,
    path: str | Path,
    *,
    opset: int | None = None,
    inputs: Sequence[Any] = (),
    without: Sequence[str] = (),
    samples: Mapping[str, Any] | None = None,
    verify: bool = True,
) -> Path:
    """Write a Keras model, or the .keras file at a path, as one ONNX file and return its path.

    Args:
        model_or_path: A Keras model, or a path.
        path: The ONNX file; appears whole, or not at all.
        opset: The operator set; the lowest that the model needs when None.
        inputs: A `keras.Input` or a spec for each input, for a model whose own are not known; see
            `mimo_export.declare`.
        without: Optional inputs that are left out.
        samples: Rows to verify on, by input; made up from the model's own ranges when None.
        verify: Whether the file is run in onnxruntime, as users run it, and held against Keras on a
            few vectors (batches of 1, 2, 3 and 17, several lengths); 1e-5 absolute and relative,
            four units in the last place for half precision.

    Raises:
        UnsupportedOperationError: The model uses what has no ONNX form, or not in that opset.
        ModelFileError: The model is none, cannot be loaded, or its inputs are not known.
        InputError: The inputs or samples do not fit the model, or none can be made up.
        VerificationError: The file and Keras disagree; nothing was written.
        OSError: The disk is full, or the folder cannot be written.
    """
    inputs = [inputs] if isinstance(inputs, keras.KerasTensor) else inputs
    model, path = _model(model_or_path, inputs, without), Path(path)
    graph = checked_trace(model, opset, [spec_of(one) for one in inputs])
    reads = row_numbers(graph)  # before passes move the reading of tables
    built = finished_model(graph)
    if not verify:
        return write_onnx(built, path)
    with _beside(path) as partial:
        write_onnx(built, partial)
        _check_file(model, partial, built.graph, reads, samples)
    return path


def _model(model_or_path: Any, inputs: Sequence[Any], without: Sequence[str]) -> Any:
    changed = inputs or without
    if isinstance(model_or_path, (str, os.PathLike)):
        source = Path(model_or_path)
        return load_with_inputs(source, inputs, without) if changed else load_keras(source)
    return with_inputs(model_or_path, inputs, without) if changed else model_or_path


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Yield the same name in a folder beside it; what is there in the end is moved to the path."""
    with workspace(path) as work:
        folder = work / "new"
        folder.mkdir()
        yield folder / path.name
        # The model comes last: what it refers to is there by then.
        for part in sorted(folder.iterdir(), key=lambda part: part.name == path.name):
            part.replace(path.with_name(part.name))


def _check_file(
    model: keras.Model,
    path: Path,
    graph: ir.Graph,
    reads: Mapping[str, RowNumbers],
    samples: Mapping[str, Any] | None,
) -> None:
    """Refuse a file that computes something else than Keras.

    Raises:
        VerificationError: With the first output that differs, and every number about it.
    """
    signature = signature_in(graph)
    tolerance = Tolerance.of_precision(precision_of(graph))
    ranges = {} if samples is not None else ranges_of(model, signature, None, reads)
    golden = make_golden(
        functools.partial(answer, model, signature),
        signature,
        ranges,
        samples=samples,
        tolerance=tolerance,
    )
    report = make_report(
        run_onnx(path, golden.cases, signature, _OPTIMISED),
        golden.cases,
        signature,
        tolerance,
        reference=f"keras-{keras.backend.backend()}",
        refused=golden.refused,
    )
    report.check(
        f"model {model.name!r}",
        remedy="nothing was written; `export_bundle` and `mimo-portable verify MODEL --locate` show"
        " the layer; verify=False leaves the check out",
    )
