"""The documents of a training run's folder, which a stranger may have written, read strictly.

They go into the bundle: what is wrong with them is said before a model is exported, by the file and
the JSON path.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mimo_export.bundle_schema import Training, check_training
from mimo_export.contract import Signature, check_tensors
from mimo_export.documents import Place, decode, read_json
from mimo_export.errors import BundleError, ModelFileError
from mimo_portable.specs import ModelSpec


def read_spec(path: Path) -> ModelSpec | None:
    """Return the contract of a run; None where it has none.

    Raises:
        ModelFileError: The document is damaged.
    """
    if not path.is_file():
        return None
    with _damaged():
        place = Place(path)
        spec = decode(ModelSpec, read_json(path), place)
        check_tensors(spec.inputs, place.at("inputs"))
        check_tensors(spec.outputs, place.at("outputs"))
    return spec


def read_metrics(path: Path) -> dict[str, Any]:
    """Return the scores, data and backend of a run; nothing where it has none.

    Raises:
        ModelFileError: The document is damaged.
    """
    if not path.is_file():
        return {}
    with _damaged():
        document = read_json(path)
        check_training(decode(Training, document, Place(path)), Place(path))
    return document


def check_described(signature: Signature, path: Path) -> None:
    """Refuse a signature that a run's contract has given words, such as labels, that do not fit.

    Raises:
        ModelFileError: Names the place in the contract at a path.
    """
    with _damaged():
        check_tensors(signature.inputs, Place(path).at("inputs"))
        check_tensors(signature.outputs, Place(path).at("outputs"))


@contextlib.contextmanager
def _damaged() -> Iterator[None]:
    try:
        yield
    except BundleError as error:
        raise ModelFileError(
            f"the file is damaged: {error.what}",
            where=error.where,
            remedy="train again, or export the .keras file alone by naming it",
        ) from error
