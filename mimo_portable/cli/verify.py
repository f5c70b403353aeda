"""`mimo-portable verify`: is a bundle still what was published, and does it agree with Keras?"""

from __future__ import annotations

import argparse
from pathlib import Path

from mimo_portable.cli import _errors, _exporting, _verb


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "verify",
        run,
        "Check a bundle's files, its stored golden vectors, and fresh ones from Keras.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a folder that export wrote")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the fresh vectors (1)")
    _exporting.add_backend(parser, "the first installed")
    _exporting.add_tolerance(parser, "what the bundle was published with")


def run(args: argparse.Namespace) -> int:
    """Verify and print; 1 where something is altered or differs."""
    from mimo_export.manifest import open_bundle
    from mimo_export.verify import published_tolerance, verify_bundle

    found = verify_bundle(
        args.bundle,
        seed=args.seed,
        tolerance=_exporting.tolerance(args, published_tolerance(open_bundle(args.bundle))),
        backend=args.backend,
        imports=args.imports,
    )
    if args.json:
        _verb.print_json(found.to_dict())
    else:
        for report in (found.stored, found.fresh):
            if report is not None:
                _exporting.print_report(report)
                _exporting.print_failures(report)
        if found.not_fresh:
            print(f"fresh golden vectors were not run, because {found.not_fresh}")
        print("the bundle is verified" if found.passed else "the bundle is NOT verified")
    return _errors.OK if found.passed else _errors.CHECK_FAILED
