"""Find the data a user asks for: a file, a folder with the real sets, or what is shipped.

Nothing is guessed: a source that is named and not there is an error, never a reason to take
another.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mimo_portable.data import (
    co2_forecast,
    drawn_sentiment,
    hausa,
    icu,
    own,
    simulated_medical,
    taxi,
)
from mimo_portable.data.contract import Dataset
from mimo_portable.data.errors import DataError
from mimo_portable.specs import ModelSpec

VARIABLE = "MIMO_PORTABLE_DATA"
GUIDE = "mimo_portable/data/README.md says what the folder holds and where the originals are"


class RealLoader(Protocol):
    """How a real set is read."""

    def __call__(self, folder: Path, *, variant: str, seed: int) -> Dataset:
        """Read the set from its folder."""


class ShippedLoader(Protocol):
    """How a shipped set is made."""

    def __call__(self, *, seed: int) -> Dataset:
        """Make the set."""


@dataclass(frozen=True)
class RealSet:
    """A set in a folder: the folder's usual name, and the files that each variant needs."""

    folder: str
    variants: Mapping[str, tuple[str, ...]]
    load: RealLoader


@dataclass(frozen=True)
class ShippedSet:
    """A set that needs no file."""

    name: str
    load: ShippedLoader


REAL = {
    "sentiment": RealSet(hausa.FOLDER, hausa.VARIANTS, hausa.load),
    "forecast": RealSet(taxi.FOLDER, taxi.VARIANTS, taxi.load),
    "medical": RealSet(icu.FOLDER, icu.VARIANTS, icu.load),
}
SHIPPED = {
    "sentiment": ShippedSet(drawn_sentiment.ABOUT.name, drawn_sentiment.load),
    "forecast": ShippedSet(co2_forecast.ABOUT.name, co2_forecast.load),
    "medical": ShippedSet(simulated_medical.ABOUT.name, simulated_medical.load),
}


def load(
    spec: ModelSpec,
    source: Path | str | None = None,
    *,
    variant: str | None = None,
    seed: int = 0,
) -> Dataset:
    """Load the data of a model.

    Args:
        spec: The model's contract; the arrays bear the names of its inputs and outputs.
        source: One of

            1. a file of your own: .npz, .parquet or .csv (see `own`);
            2. a folder that holds the model's real set, or is that set's folder;
            3. None: the folder that MIMO_PORTABLE_DATA names, or where it is unset or empty, the
               set that is shipped with the package.
        variant: Which set, where a source has several for the model, such as "icu_alarm_expert";
            None takes the first.
        seed: Seed of splits and simulators; the same seed gives the same arrays.

    Raises:
        DataError: The source is missing, damaged, or outside the contract.
    """
    named = os.environ.get(VARIABLE) if source is None else None
    if source is None and not named:
        return _shipped(spec, variant, seed)
    path = Path(source or named or "").expanduser()
    where = f"{path} (from {VARIABLE})" if named else str(path)
    if path.is_dir():
        return _real(spec, path, where, variant, seed)
    if not path.exists() or named:
        own_file = "" if named else "an .npz, .parquet or .csv file, or "
        raise DataError(
            f"no such folder: {path}" if named else f"no such file or folder: {path}",
            where=where,
            remedy=f"give {own_file}a folder with the real sets; {GUIDE}",
        )
    _choose({path.name: ()}, variant, where)
    return own.load(spec, path, seed=seed)


def _shipped(spec: ModelSpec, variant: str | None, seed: int) -> Dataset:
    shipped = SHIPPED.get(spec.name)
    if shipped is None:
        raise _no_set(spec, "the package", "is shipped")
    _choose({shipped.name: ()}, variant, "the package")
    return shipped.load(seed=seed)


def _real(spec: ModelSpec, path: Path, where: str, variant: str | None, seed: int) -> Dataset:
    real = REAL.get(spec.name)
    if real is None:
        raise _no_set(spec, where, "is known")
    chosen = _choose(real.variants, variant, where)
    files = real.variants[chosen]
    folder = path / real.folder if (path / real.folder).is_dir() else path
    for name in files:
        if not (folder / name).is_file():
            raise DataError(
                f"the folder has no file {name}, which the set '{chosen}' needs",
                where=f"{folder}, looked for model '{spec.name}'",
                remedy=f"give the folder '{real.folder}' or the one that holds it; {GUIDE}",
            )
    try:
        return real.load(folder, variant=chosen, seed=seed)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"the set '{chosen}' is damaged: {type(error).__name__}: {error}",
            where=f"{folder}: {', '.join(files)}",
            remedy=f"fetch the files again; {GUIDE}",
        ) from error


def _no_set(spec: ModelSpec, where: str, verb: str) -> DataError:
    return DataError(
        f"no set {verb} for model '{spec.name}'",
        where=where,
        remedy="give an .npz, .parquet or .csv file of your own",
    )


def _choose(variants: Mapping[str, tuple[str, ...]], wanted: str | None, where: str) -> str:
    if wanted is None:
        return next(iter(variants))
    if wanted not in variants:
        raise DataError(
            f"unknown variant '{wanted}', expected {' or '.join(variants)}",
            where=where,
            remedy="leave the variant out, or give one of these names",
        )
    return wanted
