"""The other end of `mimo_export.worker`: answer requests on standard input until it closes.

Standard output is moved away first: frameworks print there, and an answer must not be mixed with
it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from mimo_export import errors
from mimo_export.errors import MimoExportError, ModelFileError

_PARENT_SECONDS = 0.2


def main(imports: Sequence[str]) -> None:
    """Import Keras and the user's modules, then answer one line of JSON with one line of JSON."""

    def find(name: str) -> Callable[..., dict[str, Any]]:
        import_modules(imports)
        return _job(name)

    # Imported before the first request comes in, which is the longest part of most jobs.
    serve(find, lambda: importlib.import_module("keras"))


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


def _job(name: str) -> Callable[..., dict[str, Any]]:
    from mimo_export import jobs  # noqa: PLC0415 - it imports ONNX, which can wait for the backend

    return jobs.JOBS[name]


if __name__ == "__main__":
    main(sys.argv[1:])
