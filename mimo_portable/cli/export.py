"""`mimo-portable export`: a trained model to one verified bundle."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimo_portable.cli import _errors, _exporting, _verb

if TYPE_CHECKING:
    import numpy as np

    from mimo_portable.specs import TensorSpec


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "export",
        run,
        "Write a trained model as ONNX and SavedModel into a bundle, each checked against Keras.",
    )
    parser.add_argument("model", metavar="MODEL", help="folder of a training run, or a .keras file")
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="DIR", help="the bundle")
    parser.add_argument(
        "--format",
        metavar="NAMES",
        help="onnx, saved_model or both with a comma (default: both where TensorFlow is installed,"
        " else onnx)",
    )
    parser.add_argument("--opset", type=int, metavar="N", help="(default: the lowest that will do)")
    parser.add_argument(
        "--via",
        choices=("keras", "tf2onnx"),
        default="keras",
        help="tf2onnx: the ONNX file from the SavedModel, as a second opinion (default keras)",
    )
    parser.add_argument(
        "--samples",
        type=Path,
        metavar="FILE",
        help="an .npz with rows for the golden vectors, under the names of the inputs",
    )
    _add_ends(parser)
    parser.add_argument(
        "--seed", type=_exporting.seed, default=0, metavar="N", help="of golden vectors (0)"
    )
    _exporting.add_backend(parser, "the one that trained the model, else the first installed")
    parser.add_argument(
        "--all-backends",
        action="store_true",
        help="also say how far Keras on every other installed backend is from this one; where a"
        " file differs from Keras that is said anyway",
    )
    _exporting.add_tolerance(parser, _exporting.BY_PRECISION)


def _add_ends(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the files begin."""
    parser.add_argument(
        "--input",
        dest="inputs",
        action="append",
        default=[],
        type=_spec,
        metavar="SPEC",
        help="'name:dtype[size,size]' without the batch, ? for a free size: what a subclassed model"
        " takes where Keras does not know it; one for each input. A name in front is the first size"
        " itself: 'bonds[n_bonds,5]', 'text[batch,words]'; 'x[batch=1,6]' fixes it",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="NAME",
        help="an optional input that is left out; can be repeated",
    )
    parser.add_argument(
        "--preprocessing",
        choices=("inside", "beside"),
        default="inside",
        help="beside: layers that read inputs of strings are kept as rules in preprocessing.json,"
        " and the files begin behind them (default inside)",
    )


def run(args: argparse.Namespace) -> int:
    """Export, print the parity table and the bundle's path."""
    import os

    from mimo_export.bundle import ExportOptions, export_bundle
    from mimo_export.source import find_source
    from mimo_export.worker import choose_backend

    strings = "tensorflow" if args.preprocessing == "beside" else None  # no other Keras has them
    trained_on = find_source(args.model).trained_on
    options = ExportOptions(
        opset=args.opset,
        via=args.via,
        backend=args.backend
        or choose_backend(strings, trained_on, os.environ.get("KERAS_BACKEND")),
        imports=tuple(args.imports),
        samples=None if args.samples is None else _samples(args.samples),
        seed=args.seed,
        tolerance=_exporting.tolerance(args),
        preprocessing=args.preprocessing,
        inputs=tuple(args.inputs),
        without=tuple(args.without),
        all_backends=args.all_backends,
        unsafe_lambda=args.unsafe_lambda,
    )
    built = export_bundle(args.model, args.out, formats=_formats(args.format), options=options)
    if args.json:
        _verb.print_json(
            {"bundle": str(args.out), **built.signature.to_dict(), "parity": built.report.to_dict()}
        )
    else:
        _exporting.print_report(built.report)
        print(f"bundle: {args.out}")
    return _errors.OK


def _spec(text: str) -> TensorSpec:
    """Read `name:dtype[size,size]`; the dtype is float32 where it is left out."""
    from mimo_portable.cli._input_spec import read_spec

    return read_spec(text)


def _formats(text: str | None) -> tuple[str, ...]:
    from mimo_export.bundle import FORMATS
    from mimo_export.worker import installed_backends

    if text is None:
        return FORMATS if "tensorflow" in installed_backends() else ("onnx",)
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _samples(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    from mimo_portable.cli import _arrays

    return _arrays.read_npz(path)
