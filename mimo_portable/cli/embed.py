"""`mimo-portable embed`: a typed project in another language around a bundle."""

from __future__ import annotations

import argparse
from pathlib import Path

from mimo_portable.cli import _errors, _verb


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "embed",
        run,
        "Write a small project that runs a bundle in another language, with a typed client.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a folder that export wrote")
    parser.add_argument(
        "--lang",
        dest="language",
        required=True,
        metavar="NAME",
        # Not `choices`: the languages are folders of the exporter, which --help does not import.
        help="such as node; a name that is none lists all",
    )
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="DIR", help="the project")


def run(args: argparse.Namespace) -> int:
    """Write the project and print where it is, and what is in it."""
    from mimo_export.hosts.embed import embed_bundle

    files = embed_bundle(args.bundle, args.language, args.out)
    if args.json:
        _verb.print_json({"project": str(args.out), "language": args.language, "files": files})
    else:
        print(f"project: {args.out}; its README.md says how to build and run it")
    return _errors.OK
