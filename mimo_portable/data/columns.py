"""Turn one column of a user's file into the array that the contract asks for.

What a column means follows from the contract and from what its cells hold:

1. Texts for an input of shape (height, width, 3) are paths of pictures, relative to the file.
2. Texts for an int32 input of rank 1 are sentences, and become token ids (see `text`).
3. Texts or whole numbers, one a row, for an output of more than one class are classes.
4. Texts for an output of one number with one label are that label (1) or anything else (0, one
   name).
5. Everything else is numbers: one a row for shape (1,), else a list of as many as the shape holds,
   in row-major order. In CSV a list is a JSON list or numbers between spaces.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from mimo_portable.data.contract import Array
from mimo_portable.data.errors import DataError
from mimo_portable.data.tables import Column, Table, missing_package
from mimo_portable.specs import OutputSpec, TensorSpec


def is_pictures(spec: TensorSpec, column: Column) -> bool:
    """Tell whether a column holds paths of pictures."""
    return len(spec.shape) == 3 and spec.shape[-1] == 3 and _one_text_a_row(column)


def is_sentences(spec: TensorSpec, column: Column) -> bool:
    """Tell whether a column holds sentences; JSON lists in CSV are token ids instead."""
    if spec.dtype != "int32" or len(spec.shape) != 1 or not _one_text_a_row(column):
        return False
    return not all(str(cell).lstrip().startswith("[") for cell in column)


def pictures(table: Table, spec: TensorSpec) -> Array:
    """Open the pictures of a column, on white where they are transparent.

    Returns:
        uint8 [n, height, width, 3], scaled to the contract's size.

    Raises:
        DataError: A picture is not there or cannot be read; the row and the path are named.
    """
    try:
        from PIL import Image  # noqa: PLC0415 (only where pictures are read)
    except ImportError as error:
        raise missing_package("pillow", table.path, error) from error
    height, width, _ = _static(spec, table.path)
    out = np.empty((table.rows, height, width, 3), np.uint8)
    for i, name in enumerate(table.columns[spec.name]):
        path = table.path.parent / str(name)
        try:
            with Image.open(path) as file:
                picture = file.convert("RGBA")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DataError(
                f"picture '{name}' "
                + ("cannot be read" if path.is_file() else f"is not there: no file {path}"),
                where=_where(table.path, spec.name, i),
                remedy="give paths of PNG or JPEG files, relative to the folder of the file",
            ) from error
        white = Image.new("RGBA", picture.size, "white")
        flat = Image.alpha_composite(white, picture).convert("RGB")
        out[i] = np.asarray(flat.resize((width, height), Image.Resampling.BILINEAR))
    return out


def numbers(table: Table, spec: TensorSpec) -> Array:
    """Return a column as numbers, [n, *shape] in the contract's dtype (uint8 pictures stay uint8).

    Raises:
        DataError: A cell is no number, not finite, or of another shape than the contract's.
    """
    column = table.columns[spec.name]
    if isinstance(column, np.ndarray):
        values = column
        if values.dtype.kind not in "biuf":
            raise DataError(
                f"dtype {values.dtype}, expected {spec.dtype}",
                where=_where(table.path, spec.name),
                remedy="give an array of numbers",
            )
        if values.ndim == 1 and spec.shape == (1,):
            values = values[:, None]
        _check_shape(values.shape[1:], spec, _where(table.path, spec.name))
    else:
        values = _parse(table, spec, column)
    return _cast(values, table, spec)


def targets(table: Table, spec: OutputSpec) -> Array:
    """Return the column of an output: classes one-hot, labels as 0 and 1, or plain numbers.

    Raises:
        DataError: A class is unknown, or what `numbers` raises.
    """
    column = table.columns[spec.name]
    if spec.shape == (1,) and len(spec.labels) == 1 and _are_labels(column):
        return _binary(table, spec, [str(cell) for cell in column])
    if len(spec.shape) == 1 and spec.shape != (1,) and _one_class_a_row(column):
        return _one_hot(table, spec, column)
    return numbers(table, spec)


def _binary(table: Table, spec: OutputSpec, cells: list[str]) -> Array:
    label = spec.labels[0]
    found = sorted(set(cells))
    if label not in found or len(found) > 2:
        raise DataError(
            f"classes {', '.join(map(repr, found[:6]))}, expected '{label}' and one other name",
            where=_where(table.path, spec.name),
            remedy=f"write '{label}' or 1 where it is so, and one other name or 0 where it is not",
        )
    return np.array([[cell == label] for cell in cells], np.float32)


def _one_hot(table: Table, spec: OutputSpec, column: Column) -> Array:
    classes = int(spec.shape[-1] or 0)
    names = spec.labels or tuple(sorted({str(cell) for cell in column}))
    out = np.zeros((table.rows, classes), np.float32)
    for i, cell in enumerate(column):
        number = names.index(str(cell)) if str(cell) in names else _whole(cell)
        if number is None or not 0 <= number < classes:
            known = ", ".join(map(repr, spec.labels)) or f"{classes} names"
            raise DataError(
                f"unknown class {str(cell)!r}, expected {known}, or 0 to {classes - 1}",
                where=_where(table.path, spec.name, i),
                remedy="write each class as the contract calls it, or as its number",
            )
        out[i, number] = 1.0
    return out


def _parse(table: Table, spec: TensorSpec, column: list[Any]) -> Array:
    rows: list[Array] = []
    for i, cell in enumerate(column):
        where = _where(table.path, spec.name, i)
        row = _cell(cell, spec, where)
        shape = [d for d in spec.shape if isinstance(d, int)]
        if row.ndim == 1 and len(shape) == len(spec.shape) and row.size == math.prod(shape):
            row = row.reshape(shape)
        _check_shape(row.shape, spec, where)
        if rows and row.shape != rows[0].shape:
            raise DataError(
                f"shape {row.shape}, but {rows[0].shape} in the rows before",
                where=where,
                remedy="give every row the same length",
            )
        rows.append(row)
    return np.stack(rows)


def _cell(cell: object, spec: TensorSpec, where: str) -> Array:
    values: object = cell
    try:
        if isinstance(cell, str):
            opens = cell.lstrip().startswith("[")
            values = json.loads(cell) if opens else [float(part) for part in cell.split()]
        flat = np.array(values, np.float64)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{str(cell)[:40]!r} is not a number or a list of numbers",
            where=where,
            remedy=f"expected {spec.dtype} of shape {spec.shape}; in CSV write a list as [1, 2, 3]",
        ) from error
    return flat.reshape(1) if flat.ndim == 0 else flat


def _cast(values: Array, table: Table, spec: TensorSpec) -> Array:
    bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if bad.any():
        raise DataError(
            f"a value that is not finite (NaN or infinite), in {int(bad.sum())} rows",
            where=_where(table.path, spec.name, int(np.flatnonzero(bad)[0])),
            remedy="fill or drop such rows before training",
        )
    if values.dtype == np.uint8 and spec.dtype == "float32":
        return values
    cast = values.astype(spec.dtype)
    if np.issubdtype(cast.dtype, np.integer):
        rows = (cast != values).reshape(len(values), -1).any(axis=1)
        if rows.any():
            raise DataError(
                f"a number with a fraction or out of range, expected {spec.dtype}",
                where=_where(table.path, spec.name, int(np.flatnonzero(rows)[0])),
                remedy="give whole numbers",
            )
    return cast


def _check_shape(got: tuple[int, ...], spec: TensorSpec, where: str) -> None:
    fits = len(got) == len(spec.shape) and all(
        want == have for want, have in zip(spec.shape, got, strict=True) if isinstance(want, int)
    )
    if not fits:
        raise DataError(
            f"shape {got}, expected {spec.shape} for each row",
            where=where,
            remedy="give each row as many numbers as the contract's shape holds",
        )


def _static(spec: TensorSpec, path: Path) -> tuple[int, ...]:
    shape = tuple(d for d in spec.shape if isinstance(d, int))
    if len(shape) != len(spec.shape):
        raise DataError(
            f"the contract leaves the size of '{spec.name}' open: {spec.shape}",
            where=_where(path, spec.name),
            remedy="give pictures of one size as numbers in an .npz file",
        )
    return shape


def _one_text_a_row(column: Column) -> bool:
    if isinstance(column, np.ndarray):
        return column.dtype.kind == "U" and column.ndim == 1
    return all(isinstance(cell, str) for cell in column)


def _are_labels(column: Column) -> bool:
    return _one_text_a_row(column) and any(_number(str(cell)) is None for cell in column)


def _one_class_a_row(column: Column) -> bool:
    if isinstance(column, np.ndarray):
        return column.ndim == 1
    return not all(isinstance(cell, list) or _is_list(str(cell)) for cell in column)


def _is_list(cell: str) -> bool:
    """Tell whether a CSV cell is a list of numbers, and no class: "bradycardia <60" is one."""
    parts = cell.split()
    return cell.lstrip().startswith("[") or (
        len(parts) > 1 and all(_number(part) is not None for part in parts)
    )


def _whole(cell: object) -> int | None:
    number = _number(str(cell))
    return int(number) if number is not None and number.is_integer() else None


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _where(path: Path, column: str, row: int | None = None) -> str:
    place = f"{path}, column '{column}'"
    return place if row is None else f"{place}, row {row + 1}"
