"""`mimo-portable predict`: run a bundle on arrays, with onnxruntime alone."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimo_portable.cli import _errors, _verb

_ROWS = 5


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb and its arguments."""
    parser = _verb.add_verb(
        subparsers,
        "predict",
        run,
        "Run a bundle's ONNX file on arrays; needs neither Keras nor a backend.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a folder that export wrote")
    parser.add_argument(
        "--input",
        dest="inputs",
        action="append",
        required=True,
        metavar="FILE",
        help="name=file.npy, or an .npz with the names inside; can be repeated",
    )
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help="write the outputs into this .npz file"
    )


def run(args: argparse.Namespace) -> int:
    """Run and print the outputs, or write them where a file was named."""
    from mimo_export.prediction import predict
    from mimo_export.report import jsonable
    from mimo_portable.cli import _arrays

    outputs = predict(args.bundle, _arrays.read_inputs(args.inputs))
    if args.out is not None:
        _arrays.write_npz(args.out, outputs)
    if args.json:
        described = {n: {"dtype": str(a.dtype), "shape": list(a.shape)} for n, a in outputs.items()}
        if args.out is None:
            for name, array in outputs.items():
                described[name]["values"] = jsonable(array.tolist())
        _verb.print_json({"outputs": described, "written": args.out and str(args.out)})
    else:
        _print_outputs(outputs)
        if args.out is not None:
            print(f"written: {args.out}")
    return _errors.OK


def _print_outputs(outputs: Mapping[str, Any]) -> None:
    for name, array in outputs.items():
        print(f"{name} {array.dtype}{list(array.shape)}")
        for row in array[:_ROWS]:
            print(f"  {row.tolist()}")
        if len(array) > _ROWS:
            print(f"  ... {len(array) - _ROWS} more rows; -o FILE writes all of them")
