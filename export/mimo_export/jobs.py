"""What a worker process can be asked for; each job takes and gives JSON, and arrays as files.

The first job of an export, `prepare`, may also run in the caller's own process, on a model that
exists only there.
"""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mimo_export import golden, tf2onnx_route
from mimo_export.archive import load_keras
from mimo_export.backend import _switch
from mimo_export.compare import Tolerance
from mimo_export.contract import Signature
from mimo_export.declare import load_with_inputs
from mimo_export.errors import UnsupportedOperationError
from mimo_export.interface import sized
from mimo_export.keras_errors import keras_errors
from mimo_export.keras_model.apart import apart_in
from mimo_export.keras_runtime import answer
from mimo_export.onnx import checked_trace, finished_model
from mimo_export.onnx_file import write_onnx
from mimo_export.placeholders import load_without_drawing
from mimo_export.preprocessing.border import Border, cut
from mimo_export.preprocessing.examples import with_examples
from mimo_export.ranges import limits_of, ranges_of
from mimo_export.report import describe_failure
from mimo_export.row_numbers import row_numbers
from mimo_export.signature import precision_of, signature_in, signature_of


def prepare(
    model: Any,
    *,
    golden_folder: Path,
    seed: int,
    onnx_path: Path | None = None,
    opset: int | None = None,
    samples: Mapping[str, Any] | None = None,
    intervals: Mapping[str, Sequence[float]] | None = None,
    beside: bool = False,
    stated: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Write the golden vectors of a model and, when asked to, its ONNX file.

    Args:
        model: A Keras model.
        golden_folder: Gets the data sets.
        seed: Of the golden vectors.
        onnx_path: Gets the ONNX file; None: there shall be none.
        opset: Of the ONNX file; the lowest that the model needs when None.
        samples: Rows for the golden vectors, by input; made up when None.
        intervals: Between which numbers they are made up, for the inputs for which that is known.
        beside: Whether what reads strings is kept beside the file, as rules; the golden vectors'
            inputs are then what Keras makes of strings.
        stated: Inputs whose sizes are fixed or have symbols of their own, as a contract has them.

    Returns:
        The signature, the number of ids of integer inputs, the narrowest floating dtype that the
        model computes in, the sizes that Keras refused, the values that the inputs have in the
        golden vectors, the rules (None where there are none), and the versions that were at work.
    """
    border = cut(model) if beside else None
    exported = model if border is None else border.behind
    specs = Signature.from_dict({"inputs": stated, "outputs": []}).inputs
    graph = checked_trace(exported, None if onnx_path is None else opset, specs)
    reads = row_numbers(graph)  # before passes move the reading of tables
    if onnx_path is not None:
        write_onnx(finished_model(graph), onnx_path)
    signature = signature_in(graph)
    if border is not None:
        signature = signature.described_by([rule.output for rule in border.rules])
    whole = (
        signature if border is None else Signature(sized(border.inputs, specs), signature.outputs)
    )
    made_up = samples is None or border is not None
    ranges = ranges_of(model, whole, intervals, reads) if made_up else {}
    precision = precision_of(graph)
    made = golden.make_golden(
        functools.partial(answer, model, whole),
        whole,
        ranges,
        seed=seed,
        samples=samples,
        tolerance=Tolerance.of_precision(precision),
    )
    cases = made.cases if border is None else [_behind(border, case) for case in made.cases]
    golden.write_cases(golden_folder, cases, signature)
    return {
        "signature": signature.to_dict(),
        "limits": limits_of(exported, signature),
        "precision": precision,
        "refused": list(made.refused),
        "covered": list(made.covered),
        "apart": list(apart_in(model)),
        "preprocessing": border and with_examples(border, ranges, seed).to_dict(),
        **versions(),
    }


def _behind(border: Border, case: golden.Case) -> golden.Case:
    """Return a case of the whole model as one of what is left of it."""
    inputs = {**case.inputs, **border.through_front(case.inputs)}
    return golden.Case(case.name, inputs, case.outputs)


def versions() -> dict[str, Any]:
    """Return the backend of this process, and the versions of Keras and of the backend."""
    backend = keras.backend.backend()
    package: Any = sys.modules[backend]  # under one name, whatever its distribution is called
    return {
        "backend": backend,
        "versions": {"keras": keras.__version__, backend: package.__version__},
    }


@functools.lru_cache(maxsize=1)
def _load(path: str) -> Any:
    with _switch.graph_scopes():  # the paths of variables too are names in TensorFlow's graph
        return load_without_drawing(lambda: load_keras(path))


@functools.lru_cache(maxsize=1)
def _exported(path: str, *, beside: bool) -> Any:
    """Return the model that the files are of: the whole, or what is left behind the rules."""
    return cut(_load(path)).behind if beside else _load(path)


def _prepare(
    source: str,
    *,
    golden_folder: str,
    onnx_path: str | None = None,
    samples: Mapping[str, str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    arrays = samples and {name: np.load(path, allow_pickle=False) for name, path in samples.items()}
    return prepare(
        _load(source),
        golden_folder=Path(golden_folder),
        onnx_path=None if onnx_path is None else Path(onnx_path),
        samples=arrays,
        **options,
    )


def _declare(
    source: str, inputs: Sequence[Mapping[str, Any]], without: Sequence[str], target: str
) -> dict[str, Any]:
    specs = Signature.from_dict({"inputs": inputs, "outputs": []}).inputs
    load_with_inputs(Path(source), specs, without).save(target)
    return versions()


def _run_keras(
    source: str,
    signature: dict[str, Any],
    golden_folder: str,
    answers: str,
    *,
    beside: bool = False,
) -> dict[str, Any]:
    contract = Signature.from_dict(signature)
    model = _exported(source, beside=beside)

    def run(case: golden.Case) -> golden.Arrays:
        try:
            return answer(model, contract, case.inputs)
        except keras_errors() as error:
            raise UnsupportedOperationError(
                f"Keras on {keras.backend.backend()} cannot run the model: {str(error).strip()}",
                where=case.name,
            ) from error

    cases = golden.read_cases(Path(golden_folder), contract)
    golden.write_answers(Path(answers), cases, [run(case) for case in cases], contract)
    return versions()


def _write_saved_model(
    source: str, signature: dict[str, Any], folder: str, *, beside: bool = False
) -> dict[str, Any]:
    from mimo_export import saved_model  # noqa: PLC0415 - TensorFlow's workers alone need it

    model = _exported(source, beside=beside)
    saved_model.write_saved_model(model, Signature.from_dict(signature), Path(folder))
    return versions()


def _run_saved_model(
    folder: str, signature: dict[str, Any], golden_folder: str, answers: Sequence[str]
) -> dict[str, Any]:
    from mimo_export import saved_model  # noqa: PLC0415 - TensorFlow's workers alone need it

    contract = Signature.from_dict(signature)
    cases = golden.read_cases(Path(golden_folder), contract)
    loaders = (saved_model.run_saved_model, saved_model.run_saved_model_v1)
    for target, run in zip(answers, loaders, strict=True):
        golden.write_answers(Path(target), cases, run(Path(folder), cases), contract)
    return {"problems": list(saved_model.saved_model_problems(Path(folder), contract))}


def _convert_saved_model(
    folder: str, signature: dict[str, Any], onnx_path: str, opset: int | None
) -> dict[str, Any]:
    contract = Signature.from_dict(signature)
    tf2onnx_route.convert(Path(folder), contract, Path(onnx_path), opset)
    return {"versions": {"tf2onnx": metadata.version("tf2onnx")}}


def _locate(
    source: str,
    *,
    signature: dict[str, Any],
    golden_folder: str,
    tolerance: Sequence[float],
    scratch: str,
    onnx_path: str | None = None,
    beside: bool = False,
) -> dict[str, Any]:
    from mimo_export import locate  # noqa: PLC0415 - a failed check alone needs it

    model = _exported(source, beside=beside)
    contract = Signature.from_dict(signature)
    cases = golden.read_cases(Path(golden_folder), contract)
    rows = locate.compare_layers(model, cases, Tolerance(*tolerance), Path(scratch))
    return {
        "layers": [row.output for row in rows],
        "differ": [describe_failure(row) for row in rows if row.status == "fail"],
        "file": []
        if onnx_path is None
        else list(locate.compare_file(model, Path(onnx_path), contract.inputs)),
    }


def _inspect(source: str) -> dict[str, Any]:
    model = _load(source)
    signature = signature_of(model)
    layers = model._flatten_layers(include_self=False)
    return {
        **signature.to_dict(),
        "name": model.name,
        "class": type(model).__name__,
        "parameters": int(model.count_params()),
        "layers": dict(Counter(type(layer).__name__ for layer in layers).most_common()),
        "bytes": Path(source).stat().st_size,
        **versions(),
    }


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "prepare": _prepare,
    "declare": _declare,
    "inspect": _inspect,
    "locate": _locate,
    "run keras": _run_keras,
    "write saved_model": _write_saved_model,
    "run saved_model": _run_saved_model,
    "convert saved_model": _convert_saved_model,
}
