"""The command line: `mimo-portable VERB ...`, one module per verb.

A verb is a module with two functions, and one line in `_VERBS` below:

* `register(subparsers)` adds its arguments, through `_verb.add_verb`;
* `run(args)` does the work and returns the exit code: 0 done, 1 a check failed, 2 not done.

The modules listed here are imported by `--help`, so they import nothing heavy at their top: Keras,
a backend, ONNX and NumPy are imported inside `run`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from mimo_portable.cli import (
    _errors,
    _signals,
    _streams,
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
    try:
        with _streams.prepared(), _terminal.guarded(), _signals.raised():
            return _run(argv)
    except MimoPortableError as error:
        _complain(f"error: {error}")
        return _errors.exit_code(error)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); the flush at exit must not complain again.
        _streams.give_up_output()
        return _errors.CHECK_FAILED
    except OSError as error:
        if error.filename == _streams.OUTPUT:
            _streams.give_up_output()
        _complain(f"error: {_errors.describe_os_error(error)}")
        return _errors.USAGE
    except KeyboardInterrupt:
        _complain("error: interrupted; what was saved before is intact")
        return _errors.INTERRUPTED
    except _signals.Terminated as signal:
        _complain(f"error: ended by {signal}; what was saved before is intact")
        return _errors.SIGNALLED + signal.number


def _complain(text: str) -> None:
    with _terminal.guarded():
        print(text, file=sys.stderr)


def _run(argv: Sequence[str] | None) -> int:
    """Run one verb, and see to it that all that it printed has arrived."""
    try:
        args = _parser().parse_args(argv)
        code: int = args.run(args)
    finally:
        sys.stdout.flush()  # also what argparse has printed, which leaves by SystemExit
    return code


class _Version(argparse.Action):
    """Print the installed version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"{parser.prog} {version(parser.prog)}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mimo-portable",
        description="Train multi-input, multi-output Keras models on any backend, and export them "
        "to one verified ONNX file and SavedModel.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is")
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in _VERBS:
        verb.register(subparsers)
    return parser
