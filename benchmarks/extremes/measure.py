"""One case at one size: Keras's answer, the file's, the truth, and what they differ by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from speed_profile import open_session

from extremes.case import Case
from mimo_export import export_onnx

Array = np.ndarray[Any, Any]
Answer = Callable[[Array], list[Array]]

FACTOR, FLOOR = 2.0, 1e-6
"""The rule: at most so many times as far from float64 as Keras, or within so much of the scale."""

SPECIAL = {"NaN": (np.nan,), "infinity": (np.inf, -np.inf), "both": (np.nan, np.inf, -np.inf)}
"""Values that are put into the rows of the smallest size."""


def keras_answer(model: keras.Model) -> Answer:
    """Return what calls a model on the running backend."""

    def answer(x: Array) -> list[Array]:
        return [np.array(keras.ops.convert_to_numpy(y)) for y in _flat(model(x, training=False))]

    return answer


def truth(case: Case, size: tuple[int, ...], x: Array) -> list[Array]:
    """Return what Keras computes in float64 from the same float32 numbers.

    Raises:
        TypeError: The running backend computes in less, as JAX does in places.
    """
    keras.config.set_floatx("float64")  # states of recurrent layers ask
    try:
        model = case.model(size, "float64")
        found = keras_answer(model)(x.astype("float64") if x.dtype.kind == "f" else x)
    finally:
        keras.config.set_floatx("float32")
    if any(one.dtype.kind == "f" and one.dtype != np.float64 for one in found):
        raise TypeError(f"{case.name}: {[str(one.dtype) for one in found]} instead of float64")
    return found


def export(case: Case, size: tuple[int, ...], path: Path) -> keras.Model:
    """Write the file of one size, and return the model."""
    model = case.model(size, "float32")
    export_onnx(model, path, verify=False)
    return model


def file_answer(path: Path) -> Answer:
    """Return what runs a file in onnxruntime, on one thread."""
    session = open_session(str(path), 1)
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})


def error(answers: Sequence[Array], truths: Sequence[Array]) -> float:
    """Return the largest difference, in units of the largest true number; infinite for NaN."""
    found = [_error(a, t) for a, t in zip(answers, truths, strict=True)]
    return max(found)


def meets(file: float, keras_errors: Sequence[float]) -> bool:
    """Return whether the rule holds for the file, beside one or several of Keras's backends."""
    return file <= max(FLOOR, FACTOR * min(keras_errors))


def special_rows(case: Case, name: str) -> Array | None:
    """Return rows of the smallest size with special values; None where there can be none.

    The last row is left as it is: what one row holds is nothing to another.
    """
    x = case.draw(case.sizes[0], next(iter(dict(case.data))))
    if x.dtype.kind != "f" or case.finite:
        return None
    rng = np.random.default_rng(23)
    first = x[0].reshape(-1)
    for value in SPECIAL[name]:
        first[rng.integers(0, first.size, 2)] = value
    return x


def kinds(answers: Sequence[Array]) -> str:
    """Return a digit for each number: 0 finite, 1 NaN, 2 and 3 infinity above and below."""
    flat = np.concatenate([np.asarray(a, "float64").reshape(-1) for a in answers])
    digits = np.select([np.isnan(flat), flat == np.inf, flat == -np.inf], [1, 2, 3], 0)
    return "".join(map(str, digits))


def _flat(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _error(answer: Array, true: Array) -> float:
    if answer.shape != true.shape:
        return float("inf")
    if answer.size == 0:
        return 0.0
    difference = np.abs(answer.astype("float64") - true.astype("float64")).max()
    scale = np.abs(true.astype("float64")).max()
    ratio = float(difference / scale) if scale else float(difference)
    return float("inf") if np.isnan(ratio) else ratio
