"""The other end of `mimo_export.worker`: answer requests on standard input until it closes.

Standard output is moved away first: frameworks print there, and an answer must not be mixed with
it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from mimo_export import errors
from mimo_export.collector import collector_off
from mimo_export.errors import MimoExportError, ModelFileError

_JOBS = "mimo_export.jobs"
_PARENT_SECONDS = 0.2
# Keras and TensorFlow import them wherever they are installed, and no job has a use for them.
_NOT_NEEDED = frozenset({"jax", "matplotlib", "pandas"})


def main(imports: Sequence[str]) -> None:
    """Import Keras and the user's modules, then answer one line of JSON with one line of JSON."""

    def find(name: str) -> Callable[..., dict[str, Any]]:
        import_modules(imports)
        found: Callable[..., dict[str, Any]] = importlib.import_module(_JOBS).JOBS[name]
        return found

    serve(find, _warm_up)


def _warm_up() -> None:
    """Import what every job needs before the first request comes in: the longest part of most."""
    with collector_off():
        with _absent(_NOT_NEEDED - {os.environ.get("KERAS_BACKEND")}):
            importlib.import_module("keras")
        importlib.import_module(_JOBS)


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
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warm_up()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": find(request["job"])(**request["arguments"])}
        except MimoExportError as error:
            answer = {"error": _own_error(error)}
        except OSError as error:
            answer = {"error": _os_error(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _leave_with(parent: int) -> None:
    """End this process soon after its parent, however that ended and whatever runs here."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os._exit(1)


def _own_error(error: MimoExportError) -> dict[str, Any]:
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    texts = {"what": error.what, "where": error.where, "remedy": error.remedy}
    return {"type": kind.__name__, **texts}


def _os_error(error: OSError) -> dict[str, Any]:
    what = error.strerror or str(error) or type(error).__name__
    return {"type": "OSError", "errno": error.errno, "what": what, "filename": error.filename}


def import_modules(names: Sequence[str]) -> None:
    """Import the user's modules, which register his classes.

    Raises:
        ModelFileError: One of them cannot be imported.
    """
    for name in names:
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
