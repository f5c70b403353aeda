"""The command line: `mimo-portable VERB ...`, one module per verb.

A verb is a module with two functions, and one line in `_VERBS` below:

* `register(subparsers)` adds its arguments, through `_verb.add_verb`;
* `run(args)` does the work and returns the exit code: 0 done, 1 a check failed, 2 not done.

The modules listed here are imported by `--help`, so they import nothing heavy at their top: Keras,
a backend, ONNX and NumPy are imported inside `run`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from mimo_portable.cli import (
    _errors,
    _terminal,
    bench,
    demo,
    doctor,
    embed,
    export,
    inspect,
    layers,
    optimize,
    parity,
    predict,
    train,
    verify,
)
from mimo_portable.cli import list as list_
from mimo_portable.errors import MimoPortableError

__all__ = ["main"]

_VERBS = (
    list_,
    train,
    export,
    verify,
    inspect,
    predict,
    embed,
    demo,
    optimize,
    bench,
    parity,
    layers,
    doctor,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; errors become one block on standard error.

    Args:
        argv: The words after the command's name; those of this process when None.
    """
    with _terminal.guarded():
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except MimoPortableError as error:
        print(f"error: {error}", file=sys.stderr)
        return _errors.exit_code(error)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); the flush at exit must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _errors.CHECK_FAILED
    except OSError as error:
        print(f"error: {_errors.describe_os_error(error)}", file=sys.stderr)
        return _errors.USAGE
    except KeyboardInterrupt:
        print("error: interrupted; what was saved before is intact", file=sys.stderr)
        return _errors.INTERRUPTED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mimo-portable",
        description="Train multi-input, multi-output Keras models on any backend, and export them "
        "to one verified ONNX file and SavedModel.",
    )
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in _VERBS:
        verb.register(subparsers)
    return parser
