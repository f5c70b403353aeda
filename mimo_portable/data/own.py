"""Bring your own data: a file of samples, checked against the contract of the model.

Besides a column per input and output, three optional columns say how to split; other columns are
left aside. The first of these rules that applies is taken:

1. `split` names the part of each row: train, validation or test.
2. `group` (patient, record, user): whole groups are drawn, 15 of 100 for validation and test each.
3. `time` (numbers, or ISO 8601 texts): the last 15 of 100 rows are the test part, the 15 before
   them validation. Before each border as many rows as an input has steps are left out, because
   their windows reach across it; where targets lie further ahead than that, name the part in
   `split` yourself.
4. Rows are drawn, 15 of 100 for validation and test each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mimo_portable import text
from mimo_portable.data import columns, tables
from mimo_portable.data.contract import Array, Dataset, Split
from mimo_portable.data.errors import DataError
from mimo_portable.data.splits import Parts, by_group, by_row, by_time
from mimo_portable.data.tables import Table
from mimo_portable.specs import ModelSpec, TensorSpec

NAMES = ("train", "validation", "test")


def load(spec: ModelSpec, path: Path, *, seed: int) -> Dataset:
    """Read a file of samples.

    Returns:
        Arrays in the contract's shapes and dtypes; pictures are uint8. Vocabulary and statistics
        come from the training part.

    Raises:
        DataError: The file, a column or a cell does not fit; the message names it.
    """
    table = tables.read(path)
    _check_columns(table, spec, path)
    parts = _parts(table, spec, seed)
    inputs: dict[str, Array] = {}
    vocabulary: dict[str, tuple[str, ...]] = {}
    for tensor in spec.inputs:
        column = table.columns[tensor.name]
        if columns.is_pictures(tensor, column):
            inputs[tensor.name] = columns.pictures(table, tensor)
        elif columns.is_sentences(tensor, column):
            texts = [str(cell) for cell in column]
            words = text.learn_vocabulary(texts[i] for i in parts.train)
            vocabulary[tensor.name] = words
            inputs[tensor.name] = text.encode(texts, words, _length(tensor, texts, parts.train))
        else:
            inputs[tensor.name] = columns.numbers(table, tensor)
    targets = {tensor.name: columns.targets(table, tensor) for tensor in spec.outputs}

    def split(rows: Array) -> Split:
        return Split(
            {name: values[rows] for name, values in inputs.items()},
            {name: values[rows] for name, values in targets.items()},
        )

    return Dataset(
        path.name,
        "yours",
        f"Your own file {path.name}; licence and origin are yours to state.",
        split(parts.train),
        split(parts.validation),
        split(parts.test),
        statistics=_statistics(spec, inputs, parts.train, vocabulary),
        vocabulary=vocabulary,
    )


def _check_columns(table: Table, spec: ModelSpec, path: Path) -> None:
    for tensor in (*spec.inputs, *spec.outputs):
        if tensor.name not in table.columns:
            raise DataError(
                f"column '{tensor.name}' is missing; the file has "
                + ", ".join(f"'{name}'" for name in table.columns),
                where=str(path),
                remedy=f"add a column '{tensor.name}': {tensor.dtype} of shape {tensor.shape}",
            )


def _length(tensor: TensorSpec, texts: list[str], train: Array) -> int:
    """Return the ids per row: the contract's, or where it is open the longest training text's."""
    fixed = tensor.shape[0]
    return fixed if isinstance(fixed, int) else max(1, *(len(text.words(texts[i])) for i in train))


def _parts(table: Table, spec: ModelSpec, seed: int) -> Parts:
    if "split" in table.columns:
        return _named_parts(table)
    if "group" in table.columns:
        return by_group([str(cell) for cell in table.columns["group"]], seed)
    if "time" in table.columns:
        steps = [t.shape[0] for t in spec.inputs if len(t.shape) == 2]
        gap = max((step for step in steps if isinstance(step, int)), default=0)
        return by_time(_times(table), gap=gap)
    return by_row(table.rows, seed)


def _named_parts(table: Table) -> Parts:
    given = np.array([str(cell) for cell in table.columns["split"]])
    for row, name in enumerate(given):
        if name not in NAMES:
            raise DataError(
                f"unknown part '{name}', expected {', '.join(NAMES)}",
                where=f"{table.path}, column 'split', row {row + 1}",
                remedy=f"write one of {', '.join(NAMES)} in every row, or leave the column out",
            )
    for name in NAMES:
        if name not in given:
            raise DataError(
                f"no row is of the part '{name}'",
                where=f"{table.path}, column 'split'",
                remedy="give each part at least one row, or leave the column out",
            )
    parts = Parts(*(np.flatnonzero(given == name) for name in NAMES))
    if "group" in table.columns:
        _check_groups(table, given)
    return parts


def _check_groups(table: Table, given: Array) -> None:
    first: dict[str, str] = {}
    for row, (group, part) in enumerate(zip(table.columns["group"], given, strict=True)):
        if first.setdefault(str(group), part) != part:
            raise DataError(
                f"group '{group}' is in the parts '{first[str(group)]}' and '{part}'",
                where=f"{table.path}, column 'split', row {row + 1}",
                remedy="put all rows of a group into one part",
            )


def _times(table: Table) -> Array:
    cells = table.columns["time"]
    try:
        times = np.array(cells, np.float64)
    except (TypeError, ValueError):
        try:
            times = np.array([np.datetime64(str(cell)) for cell in cells], "datetime64[us]")
        except ValueError as error:
            raise DataError(
                f"not a time: {error}",
                where=f"{table.path}, column 'time'",
                remedy="write numbers, or ISO 8601 such as 2024-05-31T12:00",
            ) from error
    if np.isnan(times).any() if times.dtype.kind == "f" else np.isnat(times).any():
        raise DataError(
            "a row without a time",
            where=f"{table.path}, column 'time'",
            remedy="give every row a time, or leave the column out",
        )
    return times


def _statistics(
    spec: ModelSpec,
    inputs: dict[str, Array],
    train: Array,
    vocabulary: dict[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Return what the model's config takes from the training part, by the model's name."""
    if spec.name == "sentiment":
        words = vocabulary.get("text_input")
        if words is None:
            # Ids come from a vocabulary of the user's; its size is what any part of the file needs.
            return {"vocabulary_size": int(inputs["text_input"].max()) + 1}
        return {"vocabulary_size": text.vocabulary_size(words)}
    of = {"forecast": ("series", ""), "medical": ("bp_input", "bp_")}.get(spec.name)
    if of is None:
        return {}
    name, prefix = of
    values = inputs[name][train].astype(np.float64)
    return {f"{prefix}mean": float(values.mean()), f"{prefix}variance": float(values.var())}
