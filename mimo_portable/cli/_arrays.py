"""Arrays from the files that a command line names, and into one; pickles are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimo_export.errors import InputError
from mimo_portable.files import replacing

Array = np.ndarray[Any, np.dtype[Any]]

_NPY_HELP = "save it with numpy.save (or numpy.savez) as numbers, not as objects"


def read_inputs(words: Sequence[str]) -> dict[str, Array]:
    """Read `name=file.npy` and `file.npz` words into named arrays.

    Raises:
        InputError: A word or file is not of these forms, or a name comes twice.
    """
    arrays: dict[str, Array] = {}
    for word in words:
        name, equals, file = word.partition("=")
        found = {name: _read_npy(Path(file))} if equals else read_npz(Path(word))
        for twice in found.keys() & arrays.keys():
            raise InputError(
                f"the input '{twice}' is given twice",
                where=f"--input {word}",
                remedy="give every input once",
            )
        arrays |= found
    return arrays


def read_npz(path: Path) -> dict[str, Array]:
    """Read every array of an .npz file.

    Raises:
        InputError: It is missing, damaged, or holds objects instead of numbers.
    """
    loaded = _load(path)
    if isinstance(loaded, np.ndarray):
        raise InputError(
            "one array without a name",
            where=str(path),
            remedy="say which input it is: --input name=file.npy",
        )
    with loaded as file:
        try:
            arrays = {name: file[name] for name in file.files}
        except (ValueError, OSError, zipfile.BadZipFile) as error:
            raise InputError(f"{error}", where=str(path), remedy=_NPY_HELP) from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            raise InputError(
                f"a zip archive with '{name}', which is no array", where=str(path), remedy=_NPY_HELP
            )
    return arrays


def _read_npy(path: Path) -> Array:
    loaded = _load(path)
    if not isinstance(loaded, np.ndarray):
        loaded.close()
        raise InputError(
            "several arrays where one is expected",
            where=str(path),
            remedy="give the .npz file by itself: --input file.npz",
        )
    return loaded


def _load(path: Path) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise InputError(
            "there is no such file", where=str(path), remedy="check the path"
        ) from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            "not a NumPy file of numbers, or one that is cut short",
            where=str(path),
            remedy=_NPY_HELP,
        ) from error


def write_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write named arrays to an .npz file, which appears whole or not at all."""
    with replacing(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
