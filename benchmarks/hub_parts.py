"""What a small model of KerasHub is made of: the words in which the tables are written."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Values = Callable[[np.random.Generator, int], Array]
"""Makes an input's values for a batch of the given size."""


@dataclass(frozen=True)
class Part:
    """A model or layer of KerasHub that is not yet built.

    Attributes:
        name: Where its class is, from the package on, such as "models.BertBackbone".
        options: Its constructor's arguments; Parts among them, also in lists, are built first.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, package: Any) -> Any:
        """Build it from the package `keras_hub`."""
        owner = package
        for word in self.name.split("."):
            if not hasattr(owner, word):  # a module that nobody imported yet
                importlib.import_module(f"{owner.__name__}.{word}")
            owner = getattr(owner, word)
        return owner(**{name: _built(value, package) for name, value in self.options.items()})


@dataclass(frozen=True)
class Small:
    """A small model, and the sizes and values of its inputs.

    Attributes:
        part: The model.
        pictures: Height and width for each batch, where the model leaves them free.
        lengths: Size of other free dimensions, by input, for each batch.
        values: What the values of an input are, where its name does not tell.
        fixed: Whether the file is for one size: the model decides by sizes in Python.
        refused: Whether it must be: a layer calls its framework directly, or decides in Python by
            the values of an input.
    """

    part: Part
    pictures: tuple[tuple[int, int], ...] = ((64, 64), (64, 96))
    lengths: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    values: Mapping[str, Values] = field(default_factory=dict)
    fixed: bool = False
    refused: bool = False


def _built(value: Any, package: Any) -> Any:
    if isinstance(value, Part):
        return value(package)
    if isinstance(value, list):
        return [_built(item, package) for item in value]
    return value
