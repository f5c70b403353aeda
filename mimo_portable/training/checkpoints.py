"""The whole state of a training run in one file, replaced in one step.

The file holds weights, optimiser, the best weights so far and the record of the epochs. It is
written beside its place, brought to the disk and renamed, so that a kill at any moment leaves the
old one or the new one. It holds plain NumPy arrays and one JSON text: nothing in it can run code.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from mimo_portable.data.contract import Array
from mimo_portable.errors import RunFolderError
from mimo_portable.files import replacing


@dataclass(frozen=True)
class State:
    """Where a run stands after an epoch; the order of batches follows from seed and epoch.

    Attributes:
        history: What was measured in each epoch so far, the first one first.
        best_epoch: Number of the epoch (from 1) with the lowest validation loss; 0 before the
            first.
        best_weights: The model's weights after that epoch.
    """

    history: tuple[Mapping[str, float], ...] = ()
    best_epoch: int = 0
    best_weights: tuple[Array, ...] = ()

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history)


def save(path: Path, model: keras.Model, state: State) -> None:
    """Write everything that `load` needs to go on as if nothing had happened."""
    record = {"history": state.history, "best_epoch": state.best_epoch}
    arrays = {
        **{f"model_{i}": _value(v) for i, v in enumerate(model.variables)},
        **{f"optimizer_{i}": _value(v) for i, v in enumerate(model.optimizer.variables)},
        **{f"best_{i}": value for i, value in enumerate(state.best_weights)},
        "record": np.array(json.dumps(record)),
    }

    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        np.savez(partial, allow_pickle=False, **arrays)


def load(path: Path, model: keras.Model) -> State:
    """Put a compiled model back to where it was saved, and return where the run stands.

    Raises:
        RunFolderError: The file is damaged or belongs to another model.
    """
    model.optimizer.build(model.trainable_variables)
    try:
        # Opened here, because NumPy leaves a damaged file open.
        with path.open("rb") as file:
            arrays = dict(np.load(file, allow_pickle=False))
        record = json.loads(str(arrays.pop("record")))
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _not_usable(path, f"is damaged ({error})") from error
    for prefix, variables in (("model", model.variables), ("optimizer", model.optimizer.variables)):
        values = _numbered(arrays, prefix)
        if [value.shape for value in values] != [tuple(v.shape) for v in variables]:
            raise _not_usable(path, f"holds other {prefix} variables than this configuration has")
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    return State(tuple(record["history"]), record["best_epoch"], _numbered(arrays, "best"))


def _value(variable: keras.Variable) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(variable))


def _numbered(arrays: Mapping[str, Array], prefix: str) -> tuple[Array, ...]:
    count = sum(name.startswith(f"{prefix}_") for name in arrays)
    return tuple(arrays[f"{prefix}_{i}"] for i in range(count))


def _not_usable(path: Path, what: str) -> RunFolderError:
    return RunFolderError(
        f"the checkpoint {what}",
        where=str(path),
        remedy="start again without --resume in a new folder",
    )
