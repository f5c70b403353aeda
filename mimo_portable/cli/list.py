"""`mimo-portable list`: the models of the zoo with their inputs, outputs and configurations."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mimo_portable.cli import _errors, _verb
from mimo_portable.specs import TensorSpec


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb."""
    _verb.add_verb(subparsers, "list", run, "Show the models that can be trained.")


def run(args: argparse.Namespace) -> int:
    """Print name, inputs, outputs and configurations of every model; needs no backend."""
    from mimo_portable import zoo

    models = zoo.MODELS.values()
    if args.json:
        documents = [
            {**model.spec.to_dict(), "configurations": list(model.configurations)}
            for model in models
        ]
        _verb.print_json(documents)
        return _errors.OK
    for model in models:
        print(f"{model.spec.name}: {model.spec.description}")
        print(f"  configurations  {', '.join(model.configurations)}")
        _print_tensors("input", model.spec.inputs)
        _print_tensors("output", model.spec.outputs)
        print()
    return _errors.OK


def _print_tensors(kind: str, tensors: Sequence[TensorSpec]) -> None:
    for tensor in tensors:
        shape = ", ".join(str(size) for size in ("batch", *tensor.shape))
        unit = f", {tensor.unit}" if tensor.unit else ""
        print(f"  {kind:<6}  {tensor.name}  {tensor.dtype}[{shape}]  {tensor.meaning}{unit}")
