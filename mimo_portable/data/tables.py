"""Read a user's file into columns: .npz, Parquet or CSV, without running anything that is in it.

A column is an array with one row per sample, or a list of cells: texts (CSV), or what Parquet holds
(numbers, texts, lists of numbers).
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mimo_portable.data.contract import Array
from mimo_portable.data.errors import DataError

Column = Array | list[Any]
_PART = re.compile(r"(?P<name>.+)\[(?P<index>\d+)\]")


@dataclass(frozen=True)
class Table:
    """The columns of one file, all of the same length.

    Attributes:
        path: The file; the paths in it are relative to its folder.
        columns: The columns under their names.
        rows: How many rows there are.
    """

    path: Path
    columns: Mapping[str, Column]
    rows: int


def read(path: Path) -> Table:
    """Read a file of samples by its ending.

    Raises:
        DataError: The ending is unknown, the file is damaged or empty, or its columns differ in
            length.
    """
    readers = {".npz": _npz, ".parquet": _parquet, ".csv": _csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"files ending in '{path.suffix}' are not read",
            where=str(path),
            remedy="give an .npz, .parquet or .csv file, or a folder with the real sets",
        )
    columns = _join_parts(reader(path))
    lengths = {name: len(column) for name, column in columns.items()}
    if not lengths or not max(lengths.values()):
        raise DataError(
            "the file holds no samples",
            where=str(path),
            remedy="give one row per sample, under the names of the model's inputs and outputs",
        )
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"'{name}' {n}" for name, n in lengths.items())
        raise DataError(
            f"the columns differ in length: {listed}",
            where=str(path),
            remedy="give each array one row per sample",
        )
    return Table(path, columns, next(iter(lengths.values())))


def _damaged(path: Path, kind: str, error: BaseException) -> DataError:
    return DataError(
        f"not a readable {kind} file: {error}",
        where=str(path),
        remedy="write the file again; mimo_portable/data/README.md shows an example of each format",
    )


def _npz(path: Path) -> dict[str, Column]:
    try:
        # NumPy leaves a file that it opened itself open when the archive is torn.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            columns: dict[str, Column] = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise _damaged(path, ".npz", error) from error
    for name, column in columns.items():
        if np.ndim(column) == 0:
            raise DataError(
                "a single value, expected an array with one row per sample",
                where=f"{path}, column '{name}'",
                remedy="give each array one row per sample",
            )
    return columns


def _parquet(path: Path) -> dict[str, Column]:
    try:
        import pyarrow  # noqa: PLC0415 (only where a Parquet file is read)
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise missing_package("pyarrow", path, error) from error
    try:
        table = parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise _damaged(path, "Parquet", error) from error
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _csv(path: Path) -> dict[str, Column]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, strict=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _damaged(path, "CSV", error) from error
    names = rows[0] if rows else []
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(names):
            raise DataError(
                f"{len(row)} cells, expected {len(names)} as in the first line",
                where=f"{path}, row {number}",
                remedy='put texts with commas between double quotes: "so, so"',
            )
    return {name: [row[i] for row in rows[1:]] for i, name in enumerate(names)}


def _join_parts(columns: dict[str, Column]) -> dict[str, Column]:
    """Join the columns `ecg[0]`, `ecg[1]`, ... into one column `ecg` of lists."""
    whole: dict[str, Column] = {}
    parts: dict[str, dict[int, Column]] = {}
    for name, column in columns.items():
        match = _PART.fullmatch(name)
        if match:
            parts.setdefault(match["name"], {})[int(match["index"])] = column
        else:
            whole[name] = column
    for name, found in parts.items():
        if sorted(found) != list(range(len(found))):
            lost = next(i for i in range(len(found)) if i not in found)
            raise DataError(
                f"column '{name}[{lost}]' is missing, but '{name}[{max(found)}]' is there",
                where=f"columns '{name}[...]'",
                remedy=f"number the columns from '{name}[0]' without a gap",
            )
        ordered = [list(found[i]) for i in range(len(found))]
        whole[name] = [list(cells) for cells in zip(*ordered, strict=True)]
    return whole


def missing_package(package: str, path: Path, error: ImportError) -> DataError:
    """Return the error for a package that this file needs and that is not installed."""
    return DataError(
        f"the package {package} is needed for this and is not installed",
        where=f"{path}: {error}",
        remedy="run: pip install 'mimo-portable[data]'",
    )
