"""`mimo-portable layers`: what becomes of each layer and function of Keras."""

from __future__ import annotations

import argparse
import dataclasses

from mimo_portable.cli import _errors, _verb


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its argument."""
    parser = _verb.add_verb(
        subparsers,
        "layers",
        run,
        "Show what each layer and function of Keras becomes in ONNX, or why it is refused.",
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        default="",
        help="a part of a layer's, a function's or a family's name (default: all)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the table that the package holds; needs no backend."""
    from mimo_export import supported

    table = supported.load()
    entries = table.matching(args.name)
    if args.json:
        _verb.print_json(
            {"keras": table.keras, "entries": [dataclasses.asdict(e) for e in entries]}
        )
        return _errors.OK
    _verb.print_table(
        ("name", "becomes", "operators, or why not"),
        [(f"{e.family}.{e.name}", e.becomes, supported.details(e)) for e in entries],
    )
    return _errors.OK
