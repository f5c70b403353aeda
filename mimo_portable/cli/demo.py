"""`mimo-portable demo`: a static page that runs the three models in a browser."""

from __future__ import annotations

import argparse
from pathlib import Path

from mimo_portable.cli import _errors, _verb


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "demo",
        run,
        "Write a static page that runs bundles of the three models in a browser; needs npm once.",
    )
    parser.add_argument(
        "bundles", nargs="+", type=Path, metavar="BUNDLE", help="a folder that export wrote"
    )
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="DIR", help="the folder")
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="the folder with the real sets, for models that were trained with one; without it the "
        "folder that MIMO_PORTABLE_DATA names",
    )


def run(args: argparse.Namespace) -> int:
    """Write the page and print how to look at it."""
    from mimo_portable.demo import write_site

    _verb.tell("compiling the page")
    files = write_site(args.bundles, args.out, args.data)
    if args.json:
        _verb.print_json({"site": str(args.out), "files": files})
    else:
        print(f"site: {args.out}; look at it with: python -m http.server -d {args.out}")
    return _errors.OK
