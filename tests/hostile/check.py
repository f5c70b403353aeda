"""The process that reads hostile files, one after the other, and tells what became of each.

    python -m hostile.check FOLDER URL KIND,... FIRST STEP

It has as much memory as a worker, and a time limit for each file. A line of JSON says which file is
begun, the next what happened, so that its parent knows whose end this process was.
"""

from __future__ import annotations

import hashlib
import importlib
import itertools
import json
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mimo_export.lifetime import end_with_parent
from mimo_export.memory import limited

SECONDS = 60.0
_ESCAPES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class TooLongError(BaseException):
    """A file took more time than it has; nothing that catches errors shall catch this."""


def main(folder: Path, url: str, kinds: Sequence[str], first: int, step: int) -> None:
    """Check every `step`th file of some kinds, from the one of a number on."""
    # What prints shall not come between the lines.
    answers, sys.stdout = sys.stdout, sys.stderr
    from hostile.corpus import KINDS  # noqa: PLC0415 - imports of Keras may print
    from hostile.watching import SECRET, Watch  # noqa: PLC0415

    _warm_up(folder)
    watch = Watch(folder / "canaries", url)
    path = folder / "files" / "file.keras"
    path.parent.mkdir()
    signal.signal(signal.SIGALRM, _ring)
    files = itertools.chain.from_iterable(KINDS[kind](watch.targets) for kind in kinds)
    for number, file in enumerate(files):
        if number < first or number % step:
            continue
        print(json.dumps({"begun": file.name, "number": number}), file=answers, flush=True)
        path.write_bytes(file.content)
        watch.start()
        outcome, text = _outcome(path)
        digest = hashlib.sha256(file.content).hexdigest()
        problems = watch.noticed()
        if SECRET in text:
            problems.append("the secret is in the message")
        if outcome == "refused" and _ESCAPES.search(text):
            problems.append(f"control characters in the message: {text!r}")
        report: dict[str, Any] = {"outcome": outcome, "text": text, "problems": problems}
        report["digest"] = digest
        print(json.dumps(report), file=answers, flush=True)


def _warm_up(folder: Path) -> None:
    """Do once what costs time the first time, and what writes files of its own."""
    from hostile.files import keras_file  # noqa: PLC0415

    path = folder / "good.keras"
    path.write_bytes(keras_file())
    outcome, text = _outcome(path)
    path.unlink()
    if outcome != "harmless":
        raise RuntimeError(f"the good file: {outcome}: {text}")


def _outcome(path: Path) -> tuple[str, str]:
    """Load a file and write its ONNX model, and return how that ended."""
    from mimo_export.archive import load_keras  # noqa: PLC0415
    from mimo_export.errors import MimoExportError  # noqa: PLC0415
    from mimo_export.onnx import to_onnx  # noqa: PLC0415

    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            to_onnx(load_keras(path))
    except MimoExportError as error:
        return "refused", str(error)
    except TooLongError:
        return "endless", traceback.format_exc()
    except Exception:  # noqa: BLE001 - whatever else it is, is what is looked for
        return "traceback", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "harmless", ""


def _ring(*_: object) -> None:
    raise TooLongError


def _begin(words: Sequence[str]) -> None:
    end_with_parent()
    importlib.import_module("mimo_export.onnx")  # Keras and a backend: the room is on top of them
    folder, url, kinds, first, step = words

    def work(source: str) -> dict[str, Any]:
        main(Path(source), url, kinds.split(","), int(first), int(step))
        return {}

    limited(work, source=folder)


if __name__ == "__main__":
    _begin(sys.argv[1:])
