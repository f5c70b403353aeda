"""Draw values of a range: numbers, ids, words, texts.

Half of the rows of floats, and of integers of a wide range, are fainter: nearer to one level, up to
a thousand times. Values as far apart as independent ones are drive many a trained network to the
ends of its activations, where nothing can be seen to differ. The ends of every range of integers,
and of every stated interval, are among the first values that are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ml_dtypes  # noqa: F401 - teaches NumPy bfloat16
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_BETWEEN = (" ", "  ", ", ", ". ", "\t", "\n", " - ", "\u00a0")
MOST_WORDS = 12
_FAINTEST = 3  # powers of ten


@dataclass(frozen=True)
class Range:
    """A distribution of values.

    Attributes:
        kind: "normal" with `low` the mean and `high` the deviation; "uniform" between them;
            "integer", from `low` to `high` exclusive; "token", ids in the same interval, a random
            stretch at the end of a row being 0; "choice", each one of `choices`; "text", up to 12
            of them in one string.
        low: See kind.
        high: See kind.
        dtype: Keras's name of the element type.
        choices: See kind.
        rows: Per element of a row, flat, how many ids there are of it, and 0 for one that is no
            id and is drawn as `kind` says; empty where all elements are alike.
        sizes: The shape of `rows`, with 1 for a free dimension, whose elements are alike.
    """

    kind: Literal["normal", "uniform", "integer", "token", "choice", "text"]
    low: float
    high: float
    dtype: str
    choices: tuple[Any, ...] = ()
    rows: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()

    @property
    def steps(self) -> bool:
        """Tell whether the values are words or whole numbers, between which nothing lies."""
        return self.kind not in ("normal", "uniform")

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Return random values of a shape."""
        drawn = _DRAWN[self.kind](self, generator, shape)
        if self.dtype == "string":
            return drawn
        values = drawn.astype(self.dtype)
        if not self.rows:
            return values
        rows = np.broadcast_to(np.reshape(self.rows, (1, *self.sizes)), shape)
        several = np.maximum(rows, 1)
        ids = generator.integers(0, several)
        ids[:1] = several[:1] - 1
        return np.where(rows > 0, _below(several, ids, self.dtype), values)


def _normal(values: Range, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    noise = generator.normal(0, values.high, shape)
    return values.low + _contrast(generator, shape) * noise


def _uniform(values: Range, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    level = _per_row(generator.choice([values.low, values.high], shape[:1]), shape)
    noise = generator.uniform(values.low, values.high, shape) - level
    drawn = level + _contrast(generator, shape) * noise
    return _with_ends(drawn, *_inside(values.low, values.high, values.dtype))


def _choice(values: Range, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    chosen = np.asarray(values.choices, dtype=object)
    picked: Array = chosen[generator.integers(0, len(chosen), shape)]
    return picked


def _texts(values: Range, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    texts = [_text(generator, values.choices) for _ in range(int(np.prod(shape)))]
    return np.asarray(texts, dtype=object).reshape(shape)


def _integers(values: Range, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    low, high = int(values.low), int(values.high)
    numbers = generator.integers(low, high, shape)
    level = low if low >= 0 else 0
    faint = np.rint(level + (numbers - level) * _contrast(generator, shape)).astype(np.int64)
    return _with_ends(faint, low, high - 1)


def _tokens(values: Range, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    low, high = int(values.low), int(values.high)
    tokens = generator.integers(low, high, shape)
    if len(shape) > 1:
        # Half of the rows are padded, a random part of each, which may be the whole of it.
        kept = generator.integers(0, 2 * shape[1] + 1, size=shape[0])
        positions = np.arange(shape[1]).reshape(1, -1, *[1] * (len(shape) - 2))
        tokens = np.where(positions < kept.reshape(-1, *[1] * (len(shape) - 1)), tokens, 0)
    return _below(high, _with_ends(tokens, low, high - 1), values.dtype)


_DRAWN = {
    "normal": _normal,
    "uniform": _uniform,
    "integer": _integers,
    "token": _tokens,
    "choice": _choice,
    "text": _texts,
}


def _with_ends(values: Array, low: float, high: float) -> Array:
    """Put the ends of a range among the values: the upper one first, then the lower one."""
    flat = values.reshape(-1).copy()
    flat[:2] = (high, low)[: len(flat)]
    return flat.reshape(values.shape)


def _inside(low: float, high: float, dtype: str) -> tuple[float, float]:
    """Return the smallest and the largest number of a dtype in an interval."""
    ends = np.asarray([low, high]).astype(dtype)
    found = np.where([ends[0] < low, ends[1] > high], np.nextafter(ends, ends[::-1]), ends)
    return float(found[0]), float(found[1])


def _below(rows: Any, ids: Array, dtype: str) -> Array:
    """Return ids in a dtype, in which none is rounded up to the number of rows or beyond it."""
    held = ids.astype(dtype)
    over = held.astype(np.int64) >= rows
    return np.where(over, np.nextafter(held, np.zeros((), dtype)), held) if over.any() else held


def _contrast(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return a factor for each row: 1 for every second one, else 1 to 1/1000."""
    faint = 10 ** generator.uniform(-_FAINTEST, 0, shape[:1])
    return _per_row(np.where(np.arange(len(faint)) % 2 == 0, 1.0, faint), shape)


def _per_row(values: Array, shape: tuple[int, ...]) -> Array:
    return values.reshape(-1, *[1] * (len(shape) - 1))


def _text(generator: np.random.Generator, words: Sequence[str]) -> str:
    """Return some words in one text, some in capitals, with spaces and punctuation between them."""
    parts = []
    for _ in range(generator.integers(0, MOST_WORDS + 1)):
        word = words[int(generator.integers(len(words)))]
        parts.append(word.upper() if generator.integers(4) == 0 else word)
        parts.append(_BETWEEN[int(generator.integers(len(_BETWEEN)))])
    return "".join(parts)
