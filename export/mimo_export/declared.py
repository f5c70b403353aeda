"""Hold what a `.keras` file declares against what it stores, while Keras loads it.

A layer of two thousand million units takes twenty bytes in a configuration, and Keras makes room
for its weights before it looks for them in the file. So each variable is counted when Keras has
worked out its shape and before it has a value, on every backend; and a tensor between two layers
may not be larger than any model's.

The bound is in numbers, not in names and shapes, which Keras itself compares when it reads them. It
leaves room for what layers keep out of the file because they can make it again (seeds, states, the
factors of LoRA). What Keras does not compare are the kinds of the numbers: it would take the real
part of complex weights, and round fractions for a table of integers.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mimo_export.archive_weights import Stored
from mimo_export.archive_zip import NOT_TRUSTED
from mimo_export.errors import ModelFileError

_FACTOR, _FLOOR = 4, 2**24
_LARGEST_TENSOR = 2**30  # numbers, of one row where the batch is free
_KINDS = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}
"""How much each of NumPy's kinds of numbers can hold; what is none of them is left to Keras."""


@contextlib.contextmanager
def held_to(stored: Stored, path: Path) -> Iterator[None]:
    """Let Keras make no more variables in the block than a file's weights fill.

    Other threads are not watched.

    Raises:
        ModelFileError: Names the variable or tensor. It replaces whatever Keras made of it.
    """
    budget = _Budget(_FACTOR * stored.numbers + _FLOOR, stored.numbers, path)
    with _hooks:
        token = _current.set(budget)
        try:
            yield
        except Exception as error:
            if budget.problem is None:
                raise
            raise budget.problem from error
        finally:
            _current.reset(token)
    if budget.problem is not None:  # Keras tries some things and goes on without them
        raise budget.problem


class _Budget:
    """How many numbers may still be declared, and what went beyond them."""

    def __init__(self, left: int, stored: int, path: Path) -> None:
        self._left, self._stored, self._path = left, stored, path
        self.problem: ModelFileError | None = None

    def take(self, variable: Any, shape: tuple[int, ...]) -> None:
        self._left -= math.prod(shape)
        if self._left < 0:
            self._refuse(
                f"the model declares more weights than the file holds ({self._stored:,} numbers): "
                f"'{variable.path}' has shape {shape}"
            )

    def look_at(self, tensor: Any) -> None:
        numbers = math.prod(size for size in tensor.shape if size is not None)
        if numbers > _LARGEST_TENSOR:
            self._refuse(
                f"the model makes a tensor of shape {tuple(tensor.shape)}, more than "
                f"{_LARGEST_TENSOR:,} numbers"
            )

    def fill(self, variable: Any, value: Any) -> None:
        stored = getattr(value, "dtype", None)
        kind = _KINDS.get(getattr(stored, "kind", ""))
        wanted = variable._dtype  # Keras's name of it, whatever scope is around
        if kind is None or str(stored) == wanted:
            return
        most = _KINDS.get("c" if "complex" in wanted else "f" if "float" in wanted else wanted[0])
        if most is None or kind < most or (kind == most and kind != _KINDS["i"]):
            return  # as wide, or narrower floats
        if kind == most:
            array = np.asarray(value)
            if (array.astype(wanted).astype(object) == array.astype(object)).all():
                return
        self._refuse(
            f"the file holds numbers of {stored} for the variable '{variable.path}' of {wanted}, "
            "which cannot hold them"
        )

    def _refuse(self, what: str) -> None:
        self.problem = ModelFileError(what, where=str(self._path), remedy=NOT_TRUSTED)
        raise self.problem


_current: contextvars.ContextVar[_Budget | None] = contextvars.ContextVar("budget", default=None)


class _Hooks:
    """Watches Keras make variables and tensors, as long as any thread is in the block."""

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._put(keras.Variable, "_validate_shape", _counting)
                self._put(keras.KerasTensor, "__init__", _looking)
                self._put(keras.Variable, "assign", _filling)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._undo.close()

    def _put(self, owner: type, name: str, watching: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        if name in vars(owner):
            self._undo.callback(setattr, owner, name, original)
        else:
            self._undo.callback(delattr, owner, name)  # it is inherited
        setattr(owner, name, watching(original))


def _counting(validate: Callable[[Any, Any], tuple[int, ...]]) -> Callable[[Any, Any], Any]:
    @functools.wraps(validate)
    def counted(variable: Any, shape: Any) -> tuple[int, ...]:
        found = validate(variable, shape)
        budget = _current.get()
        if budget is not None and variable._shape is None:  # JAX asks once more for each value
            budget.take(variable, found)
        return found

    return counted


def _filling(assign: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @functools.wraps(assign)
    def filled(variable: Any, value: Any) -> Any:
        budget = _current.get()
        if budget is not None:
            budget.fill(variable, value)
        return assign(variable, value)

    return filled


def _looking(make: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(make)
    def made(tensor: Any, *args: Any, **kwargs: Any) -> None:
        make(tensor, *args, **kwargs)
        budget = _current.get()
        if budget is not None:
            budget.look_at(tensor)

    return made


_hooks = _Hooks()
