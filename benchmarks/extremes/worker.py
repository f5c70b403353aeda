"""What one backend of Keras answers to all cases; runs in a process of its own.

    KERAS_BACKEND=tensorflow python -m extremes.worker FOLDER [--truth] [NAME ...]

Writes `files/BACKEND/` and `BACKEND.json` into FOLDER; with --truth nothing but `truth/`, for the
cases whose truth this backend tells. That comes first.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from extremes.case import Case
from extremes.cases import cases
from extremes.measure import SPECIAL, error, export, keras_answer, kinds, special_rows, truth


def main() -> int:
    """Answer, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", action="store_true", help="write it, in float64")
    parser.add_argument("names", nargs="*", help="parts of names (default: all cases)")
    args = parser.parse_args()
    backend = keras.backend.backend()
    found = {}
    for number, case in enumerate(cases()):
        if args.names and not any(name in case.name for name in args.names):
            continue
        if args.truth:
            if case.truth == backend:
                _write_truth(case, number, args.folder)
            continue
        sys.stderr.write(f"{backend}: {case.name}\n")
        found[case.name] = _measured(case, number, args.folder)
    if args.truth:
        return 0
    text = json.dumps(found, indent=1)
    (args.folder / f"{backend}.json").write_text(text, encoding="utf-8")
    return 0


def _write_truth(case: Case, number: int, folder: Path) -> None:
    for place, size in enumerate(case.sizes):
        for data, _ in case.data:
            path = truth_of(folder, number, place, data)
            path.parent.mkdir(exist_ok=True)
            np.savez(path, *truth(case, size, case.draw(size, data)))


def _measured(case: Case, number: int, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"errors": {}, "bytes": [], "special": {}}
    for place, size in enumerate(case.sizes):
        path = file_of(folder / "files" / keras.backend.backend(), number, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        model = export(case, size, path)
        found["bytes"].append(hashlib.sha256(path.read_bytes()).hexdigest())
        answer = keras_answer(model)
        for data, _ in case.data:
            with np.load(truth_of(folder, number, place, data)) as arrays:
                wrong = error(answer(case.draw(size, data)), list(arrays.values()))
            found["errors"].setdefault(data, []).append(wrong)
        if place == 0:
            rows = {name: special_rows(case, name) for name in SPECIAL}
            found["special"] = {name: kinds(answer(x)) for name, x in rows.items() if x is not None}
    return found


def file_of(folder: Path, number: int, place: int) -> Path:
    """Return where the file of a case and size is."""
    return folder / f"{number}-{place}.onnx"


def truth_of(folder: Path, number: int, place: int, data: str) -> Path:
    """Return where the truth of a case, size and data is."""
    return folder / "truth" / f"{number}-{place}-{data.replace(' ', '-')}.npz"


if __name__ == "__main__":
    sys.exit(main())
