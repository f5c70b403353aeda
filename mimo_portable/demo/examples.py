"""A dozen rows of a test part for the page, as one JSON document and pictures.

The draw is seeded, and spread over what a person would compare: classes, or the months of a series.
Numbers are the data set's own, in its units: what is done to them is inside of the model.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from mimo_portable.data import Dataset
from mimo_portable.data.contract import Array
from mimo_portable.data.tables import missing_package

COUNT = 12
DOCUMENT = "examples.json"
SAMPLES_A_SECOND = 32  # of every ECG that fits the contract of `medical`


@dataclass(frozen=True)
class Examples:
    """What the page loads.

    Attributes:
        document: JSON-ready; `rows` holds the examples.
        files: Further files, by name.
    """

    document: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the document and the files into a folder."""
        text = json.dumps(self.document, ensure_ascii=False, allow_nan=False)
        (folder / DOCUMENT).write_text(text + "\n", encoding="utf-8")
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def choose_examples(model: str, dataset: Dataset, seed: int = 0) -> Examples:
    """Draw rows of the test part.

    Args:
        model: A name of the zoo.
        dataset: What the model was trained with.
        seed: Of the draw.

    Raises:
        DataError: Pillow, which writes the pictures, is not installed.
    """
    return _MAKERS[model](dataset, np.random.default_rng(seed))


def _medical(dataset: Dataset, rng: np.random.Generator) -> Examples:
    part = dataset.test
    classes = part.targets["diagnosis_output"].argmax(axis=1)
    rows = [
        {
            "row": int(row),
            "ecg": _numbers(part.inputs["ecg_input"][row]),
            "pressure": _numbers(part.inputs["bp_input"][row])[0],
            "diagnosis": int(classes[row]),
            "risk": _numbers(part.targets["risk_output"][row])[0],
        }
        for row in _of_each(classes, rng)
    ]
    return Examples({"samplesPerSecond": SAMPLES_A_SECOND, "rows": rows})


def _forecast(dataset: Dataset, rng: np.random.Generator) -> Examples:
    part, steps = dataset.test, list(dataset.horizons.values())
    series, times = part.inputs["series"], part.notes["time"]
    last = max(steps)
    # The window that ends at the farthest horizon holds what came in between.
    borders = np.linspace(0, len(series) - last, COUNT + 1).astype(int)
    chosen = [rng.integers(*pair) for pair in pairwise(borders)]
    rows = [
        {
            "row": int(row),
            "time": str(times[row].astype("datetime64[m]")),
            "history": _numbers(series[row]),
            "future": _numbers(series[row + last][-last:]),
            "truth": [_numbers(part.targets[name][row])[0] for name in dataset.horizons],
        }
        for row in chosen
    ]
    step = int((times[1] - times[0]) / np.timedelta64(1, "s"))
    facts = {"unit": dataset.units["series"], "stepSeconds": step, "horizons": steps}
    return Examples({**facts, "rows": rows})


def _sentiment(dataset: Dataset, rng: np.random.Generator) -> Examples:
    part = dataset.test
    positive = part.targets["sentiment"][:, 0].astype(int)
    rows, files = [], {}
    for number, row in enumerate(_of_each(positive, rng), start=1):
        name = f"example_{number}.png"
        files[name] = _png(part.inputs["image_input"][row])
        rows.append(
            {
                "row": int(row),
                "picture": name,
                "described": str(part.notes["picture"][row]),
                "text": str(part.notes["text"][row]),
                "positive": bool(positive[row]),
            }
        )
    return Examples({"language": dataset.language, "rows": rows}, files)


_MAKERS: Mapping[str, Callable[[Dataset, np.random.Generator], Examples]] = {
    "sentiment": _sentiment,
    "forecast": _forecast,
    "medical": _medical,
}


def _of_each(classes: Array, rng: np.random.Generator) -> list[int]:
    """Draw rows in turn from each class, as far as it has any, `COUNT` in all."""
    drawn = [rng.permutation(np.flatnonzero(classes == c)) for c in np.unique(classes)]
    turns = [rows[turn] for turn in range(COUNT) for rows in drawn if turn < len(rows)]
    return [int(row) for row in turns[:COUNT]]


def _numbers(values: Array) -> list[float]:
    """Return float32 numbers as the shortest decimals that stand for them."""
    return [float(str(value)) for value in np.asarray(values, np.float32).ravel()]


def _png(pixels: Array) -> bytes:
    try:
        from PIL import Image  # noqa: PLC0415 (only where pictures are written)
    except ImportError as error:
        raise missing_package("pillow", Path(DOCUMENT), error) from error
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG", optimize=True)
    return content.getvalue()
