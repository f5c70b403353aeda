"""`mimo-portable parity`: Keras's backends, ONNX and SavedModel side by side on one model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mimo_portable.cli import _errors, _exporting, _verb

if TYPE_CHECKING:
    from mimo_export.report import Report


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "parity",
        run,
        "Compare every installed Keras backend, ONNX and SavedModel on the same fresh inputs.",
    )
    parser.add_argument("path", metavar="PATH", help="a bundle, a training run, or a .keras file")
    _exporting.add_saved_model(parser)
    parser.add_argument(
        "--seed", type=_exporting.seed, default=1, metavar="N", help="of the inputs (1)"
    )
    _exporting.add_backend(parser, "the first installed; the others are compared with it")
    _exporting.add_tolerance(parser, "as export and verify do")


def run(args: argparse.Namespace) -> int:
    """Measure and print; 1 where an exported file differs from Keras."""
    report = _measure(args)
    if args.json:
        _verb.print_json(report.to_dict())
    else:
        _exporting.print_report(report)
        _exporting.print_failures(report)
    return _errors.OK if report.passed else _errors.CHECK_FAILED


def _measure(args: argparse.Namespace) -> Report:
    import tempfile
    from pathlib import Path

    from mimo_export import bundle, manifest
    from mimo_export.runtimes import UNASKED_SAVED_MODEL, Pool
    from mimo_export.source import find_source
    from mimo_export.verify import measure, published_tolerance
    from mimo_export.worker import choose_backend, installed_backends

    if manifest.is_bundle(Path(args.path)):
        opened = manifest.open_bundle(args.path)
        tolerance = _exporting.tolerance(args) or published_tolerance(opened)
        manifest.check_files(opened)
        refusal = "" if args.saved_model else UNASKED_SAVED_MODEL
        with Pool(_exporting.words(args), no_saved_model=refusal) as pool:
            backend = args.backend or choose_backend()
            return measure(opened, pool, backend, tolerance, args.seed)
    source = find_source(args.path)
    options = bundle.ExportOptions(
        backend=args.backend or choose_backend(source.trained_on),
        imports=tuple(args.imports),
        unsafe_lambda=args.unsafe_lambda,
        seed=args.seed,
        tolerance=_exporting.tolerance(args),
        all_backends=True,
    )
    formats = bundle.FORMATS if "tensorflow" in installed_backends() else ("onnx",)
    with tempfile.TemporaryDirectory() as folder, source.named():
        source.save(Path(folder))
        return bundle.build(source, Path(folder), formats, options).report
