"""Preprocessing that a bundle keeps beside its files, as a project in another language has it.

The project's `model/preprocessing.json` is the bundle's, on one line, with each integer that is
beyond 2**53 as a string of its digits: many readers of JSON would round it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimo_export import manifest
from mimo_export.errors import InputError
from mimo_export.manifest import Bundle
from mimo_export.preprocessing.rules import Example, Preprocessing, Rule, read_preprocessing
from mimo_portable.specs import TensorSpec

_EXACT = 2**53  # every integer up to this one is a number of JavaScript's
_DTYPES = ("int32", "int64", "float32", "float64", "bool")


@dataclass(frozen=True)
class HostRows:
    """Rows of one array, for a language that writes them as a table.

    Attributes:
        shape: The batch first.
        elements: In C order: strings or numbers, bool as 0 or 1.
    """

    shape: tuple[int, ...]
    elements: tuple[Any, ...]

    @property
    def row(self) -> int:
        """Return how many elements one row has."""
        return math.prod(self.shape[1:])


@dataclass(frozen=True)
class HostRuleExample:
    """What a user has, and what Keras's layers make of it, by name."""

    inputs: Mapping[str, HostRows]
    outputs: Mapping[str, HostRows]


@dataclass(frozen=True)
class HostPreprocessing:
    """What a project has of the rules.

    Attributes:
        inputs: What a user gives, in the model's order.
        text: The file's content.
        samples: By the name of an input, the strings of one row that the rules take.
        rules: For a language that compiles them in instead of reading the file.
        examples: What Keras gives for strings that are expected, then for hostile ones; for such a
            language, which proves its rules with them.
    """

    inputs: tuple[TensorSpec, ...]
    text: str
    samples: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    examples: tuple[HostRuleExample, ...]

    @property
    def sources(self) -> frozenset[str]:
        """Return the names of the inputs that rules are made of."""
        return frozenset(name for rule in self.rules for name in rule.sources)

    def words(self, rule: Rule) -> tuple[tuple[str, int], ...]:
        """Return a rule's words with their ids, in the order of code points, and of UTF-8."""
        if rule.lookup is None:
            return ()
        ids = {word: rule.lookup.first + i for i, word in enumerate(rule.lookup.vocabulary)}
        return tuple(sorted(ids.items()))

    @property
    def sha256(self) -> str:
        """Return the file's checksum."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def bytes(self) -> int:
        """Return the file's size."""
        return len(self.text.encode("utf-8"))


def read_preparation(bundle: Bundle) -> HostPreprocessing | None:
    """Return a bundle's rules; None where there are none.

    Raises:
        BundleError: The rules are damaged, or of a newer kind.
        InputError: A rule gives numbers of a type that no host makes.
    """
    document = read_preprocessing(bundle.folder)
    if document is None:
        return None
    for rule in document.rules:
        if rule.output.dtype not in _DTYPES:
            raise InputError(
                f"the rule of '{rule.output.name}' gives {rule.output.dtype}; hosts make "
                f"{', '.join(_DTYPES)}",
                where=str(bundle.folder / manifest.PREPROCESSING),
                remedy="cast inside of the model, or run it with `mimo-portable predict`",
            )
    text = json.dumps(_exact(document.to_dict()), ensure_ascii=True, allow_nan=False)
    examples = tuple(map(_example, document.examples))
    return HostPreprocessing(
        document.inputs, text + "\n", _samples(document), document.rules, examples
    )


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return str(value) if isinstance(value, int) and abs(value) > _EXACT else value


def _samples(document: Preprocessing) -> dict[str, tuple[str, ...]]:
    """Return the first row of the first example, which holds what the model expects."""
    found: dict[str, tuple[str, ...]] = {}
    for example in document.examples[:1]:
        for name, rows in example.inputs.items():
            found[name] = tuple(item for item in _flat(rows[:1]) if isinstance(item, str))
    return found


def _example(example: Example) -> HostRuleExample:
    parts = ({k: _rows(x) for k, x in part.items()} for part in (example.inputs, example.outputs))
    return HostRuleExample(*parts)


def _rows(rows: Any) -> HostRows:
    elements = (int(x) if isinstance(x, bool) else x for x in _flat(rows))
    return HostRows(np.array(rows, dtype=object).shape, tuple(elements))


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]
