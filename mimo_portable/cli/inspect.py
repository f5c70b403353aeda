"""`mimo-portable inspect`: what is in a bundle, an ONNX file or a `.keras` file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from mimo_portable.cli import _errors, _exporting, _verb


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "inspect",
        run,
        "Show names, shapes, dtypes, meanings, operators, opset and size of an exported model.",
    )
    parser.add_argument("path", metavar="PATH", help="a bundle, an .onnx file or a .keras file")
    _exporting.add_backend(parser, "the first installed; only a .keras file needs one")


def run(args: argparse.Namespace) -> int:
    """Print what is there."""
    from mimo_export.inspection import inspect

    document = inspect(args.path, backend=args.backend, imports=_exporting.words(args))
    if args.json:
        _verb.print_json(document)
        return _errors.OK
    _exporting.print_contract(document)
    facts = {k: _shown(v) for k, v in document.items() if k not in ("inputs", "outputs", "onnx")}
    facts |= {f"onnx {name}": _shown(value) for name, value in document.get("onnx", {}).items()}
    _exporting.print_facts({name: value for name, value in facts.items() if value})
    return _errors.OK


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)
