"""The other end of `mimo_export.worker`: answer requests on standard input until it closes.

Standard output is moved away first: frameworks print there, and an answer must not be mixed with
it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from mimo_export import errors, memory
from mimo_export.archive_trust import UNSAFE_LAMBDA, trust_lambdas
from mimo_export.collector import collector_off
from mimo_export.errors import MimoExportError, ModelFileError
from mimo_export.lifetime import end_with_parent

_JOBS = "mimo_export.jobs"
_START_SECONDS = 600.0
# Keras and TensorFlow import them wherever they are installed, and no job has a use for them.
_NOT_NEEDED = frozenset({"jax", "matplotlib", "pandas"})


def main(imports: Sequence[str]) -> None:
    """Import Keras and the user's modules, then answer one line of JSON with one line of JSON."""

    def find(name: str) -> Callable[..., dict[str, Any]]:
        import_modules(imports)
        return functools.partial(memory.limited, importlib.import_module(_JOBS).JOBS[name])

    serve(find, _warm_up)


def _warm_up() -> None:
    """Import what every job needs before the first request comes in: the longest part of most."""
    memory.check_start(os.environ.get("KERAS_BACKEND", ""))
    # Should an import hang, its place ends up in the log, and the process ends.
    faulthandler.dump_traceback_later(_START_SECONDS, exit=True)
    with collector_off():
        with _absent(_NOT_NEEDED - {os.environ.get("KERAS_BACKEND")}):
            importlib.import_module("keras")
        importlib.import_module(_JOBS)
    faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def _absent(packages: Iterable[str]) -> Iterator[None]:
    """Let packages seem not to be installed inside the block."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None stops an import
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def serve(
    find: Callable[[str], Callable[..., dict[str, Any]]],
    warm_up: Callable[[], object] = lambda: None,
) -> None:
    """Answer each line of JSON on standard input with one on standard output, until it closes.

    Args:
        find: Returns a job by its name.
        warm_up: What is done before the first request, when the streams are in order.
    """
    end_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    not_ready = _error_of(warm_up)
    for line in sys.stdin:
        answer = not_ready or _answer(find, json.loads(line))
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(
    find: Callable[[str], Callable[..., dict[str, Any]]], request: dict[str, Any]
) -> dict[str, Any]:
    result: dict[str, Any] = {}

    def run() -> None:
        result["result"] = find(request["job"])(**request["arguments"])

    return _error_of(run) or result


def _error_of(run: Callable[[], object]) -> dict[str, Any] | None:
    """Return the error, ready to be sent, with which a call ends; None where there is none."""
    try:
        run()
    except MimoExportError as error:
        return {"error": _own_error(error)}
    except OSError as error:
        return {"error": _os_error(error)}
    return None


def _own_error(error: MimoExportError) -> dict[str, Any]:
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    texts = {"what": error.what, "where": error.where, "remedy": error.remedy}
    return {"type": kind.__name__, **texts}


def _os_error(error: OSError) -> dict[str, Any]:
    what = error.strerror or str(error) or type(error).__name__
    return {"type": "OSError", "errno": error.errno, "what": what, "filename": error.filename}


def import_modules(names: Sequence[str]) -> None:
    """Import the user's modules, which register his classes.

    One of the names may be the word that lets the code of `Lambda` layers run, which is no module:
    `mimo_export.archive_trust`.

    Raises:
        ModelFileError: One of them cannot be imported.
    """
    for name in names:
        if name == UNSAFE_LAMBDA:
            trust_lambdas()
            continue
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ModelFileError(
                f"the module '{name}' cannot be imported: {error}",
                where="--import",
                remedy="run the command from the folder that holds it, or install it",
            ) from error


if __name__ == "__main__":
    main(sys.argv[1:])
