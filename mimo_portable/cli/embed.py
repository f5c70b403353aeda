"""`mimo-portable embed`: a bundle in a project of another language, or as a server wants it."""

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
        "Write a small project that runs a bundle in another language, or a model server's layout.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a folder that export wrote")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument(
        "--lang",
        dest="language",
        metavar="NAME",
        # Not `choices`: the languages are folders of the exporter, which --help does not import.
        help="such as node; a name that is none lists all",
    )
    wanted.add_argument(
        "--layout",
        choices=("triton", "tensorflow-serving", "mlflow"),
        help="a Triton model repository, a TensorFlow Serving folder, an MLflow model",
    )
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="DIR", help="the folder")


def run(args: argparse.Namespace) -> int:
    """Write the project and print where it is, and what is in it."""
    from mimo_export.hosts.embed import embed_bundle
    from mimo_export.serving import write_layout

    if args.layout:
        files = write_layout(args.bundle, args.layout, args.out)
        if args.json:
            _verb.print_json({"folder": str(args.out), "layout": args.layout, "files": files})
        else:
            print(f"{args.layout}: {args.out}")
        return _errors.OK
    files = embed_bundle(args.bundle, args.language, args.out)
    if args.json:
        _verb.print_json({"project": str(args.out), "language": args.language, "files": files})
    else:
        print(f"project: {args.out}; its README.md says how to build and run it")
    return _errors.OK
