"""Say which values the golden vectors of a bundle hold, input by input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mimo_export.drawing import Range
    from mimo_export.golden import Case


def coverage(cases: Sequence[Case], ranges: Mapping[str, Range]) -> tuple[str, ...]:
    """Return one line for each input: between which values it was drawn, and how many there are.

    Args:
        cases: The golden vectors.
        ranges: What they were drawn from, by input; empty where samples were given.
    """
    names = cases[0].inputs if cases else ()
    return tuple(
        f"{name}: {_covered([case.inputs[name] for case in cases], ranges.get(name))}"
        for name in names
    )


def _covered(arrays: Sequence[np.ndarray[Any, Any]], values: Range | None) -> str:
    flat = np.concatenate([np.asarray(array).ravel() for array in arrays])
    if flat.dtype.kind in "OSU":
        return f"{len(set(flat.tolist()))} different strings"
    if flat.dtype.kind == "b":
        return " and ".join(str(bool(value)) for value in np.unique(flat))
    numbers = flat.astype("float64")
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return "no finite number"
    ends = f"{numbers.min():.6g} to {numbers.max():.6g}"
    return f"{ends}{_detail(len(np.unique(flat)), values)}"


def _detail(different: int, values: Range | None) -> str:
    if values is None:
        return ", from the samples"
    if values.rows:
        beside = "" if all(values.rows) else ", and other numbers beside them"
        return f"; ids of {_tables(values.rows)}{beside}"
    if values.kind == "token":
        return f", {different} of {int(values.high - values.low):,} ids"
    return f", {different} different values" if values.steps else ""


def _tables(rows: Iterable[int]) -> str:
    sizes = sorted({size for size in rows if size})
    return f"tables of {', '.join(f'{size:,}' for size in sizes)}"
