"""`mimo-portable verify`: is a bundle still what was published, and does it agree with Keras?"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimo_portable.cli import _errors, _exporting, _verb

if TYPE_CHECKING:
    from mimo_export.verify import Location, Verification


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "verify",
        run,
        "Check a bundle's files, its stored golden vectors, and fresh ones from Keras.",
    )
    parser.add_argument(
        "bundle",
        type=Path,
        metavar="BUNDLE",
        help="a folder that export wrote; with --locate also a run's folder or a .keras file",
    )
    parser.add_argument(
        "--locate",
        action="store_true",
        help="where the check fails, compare layer by layer and name the first that differs",
    )
    parser.add_argument(
        "--runtime",
        action="append",
        default=[],
        metavar="NAME",
        help="replay the stored vectors in this host's runtime, or in all of them, and keep what "
        "came of it in the bundle; can be repeated",
    )
    _exporting.add_saved_model(parser)
    parser.add_argument(
        "--seed", type=_exporting.seed, default=1, metavar="N", help="of the fresh vectors (1)"
    )
    _exporting.add_backend(parser, "the first installed")
    _exporting.add_tolerance(parser, "what the bundle was published with")


def run(args: argparse.Namespace) -> int:
    """Verify and print; 1 where something is altered or differs."""
    from mimo_export.manifest import is_bundle

    document: dict[str, Any] = {}
    passed = True
    if args.runtime:
        return _replay(args)
    if is_bundle(args.bundle) or not args.locate:
        found = _verify(args)
        document, passed = found.to_dict(), found.passed
        if not args.json:
            _print(found)
    if args.locate and (not passed or not document):
        located = _locate(args)
        document["located"] = dataclasses.asdict(located)
        passed = passed and not located.differ
        if not args.json:
            _print_location(located)
    if args.json:
        _verb.print_json(document)
    return _errors.OK if passed else _errors.CHECK_FAILED


def _verify(args: argparse.Namespace) -> Verification:
    from mimo_export.manifest import open_bundle
    from mimo_export.verify import published_tolerance, verify_bundle

    return verify_bundle(
        args.bundle,
        seed=args.seed,
        tolerance=_exporting.tolerance(args, published_tolerance(open_bundle(args.bundle))),
        backend=args.backend,
        imports=_exporting.words(args),
        saved_model=args.saved_model,
    )


def _print(found: Verification) -> None:
    for report in (found.stored, found.fresh):
        if report is not None:
            _exporting.print_report(report)
            _exporting.print_failures(report)
    if found.not_fresh:
        print(f"fresh golden vectors were not run, because {found.not_fresh}")
    rest = any(row.runtime == "saved_model" and row.reason for row in found.stored.rows)
    passed = "the bundle is verified" + ", but for its SavedModel" * rest
    print(passed if found.passed else "the bundle is NOT verified")


def _replay(args: argparse.Namespace) -> int:
    from mimo_export.hosts.replay import replay_bundle

    rows = replay_bundle(args.bundle, args.runtime, _verb.tell, saved_model=args.saved_model)
    failed = [row for row in rows if row.status == "fail"]
    passed = not failed and any(row.status == "pass" for row in rows)
    if args.json:
        _verb.print_json({"passed": passed, "rows": [dataclasses.asdict(row) for row in rows]})
    else:
        _exporting.print_rows(rows)
        print("every runtime that was run agrees" if passed else "NOT every runtime agrees")
    return _errors.OK if passed else _errors.CHECK_FAILED


def _locate(args: argparse.Namespace) -> Location:
    from mimo_export.verify import locate_difference

    return locate_difference(
        args.bundle,
        seed=args.seed,
        tolerance=_exporting.tolerance(args),
        backend=args.backend,
        imports=_exporting.words(args),
    )


def _print_location(located: Location) -> None:
    count = len(located.layers)
    if located.differ:
        print(f"{len(located.differ)} of {count} layers differ from Keras, the first is")
        print(f"FAIL {located.differ[0]}")
    else:
        print(f"all {count} layers agree with Keras in the form that the exporter gives them now")
    for line in located.file:
        print(f"FAIL the ONNX file: {line}")
