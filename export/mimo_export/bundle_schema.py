"""What the documents of a bundle may hold: types, ranges, and what they say of each other.

A bundle may come from a stranger, with hashes that are right. `check_documents` is called where it
is opened, so that no program has to look again. The golden vectors are looked at where they are
read (`golden.read_cases`), by the same contract.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from mimo_export.compare import CONTRACT, Comparison, Tolerance
from mimo_export.contract import Signature
from mimo_export.documents import Place, decode, read_json
from mimo_export.preprocessing import rules
from mimo_export.preprocessing.checks import check_rules
from mimo_portable.specs import TensorSpec
from mimo_portable.text import FIRST_WORD

PARITY, VOCABULARY, OPTIMIZED = "parity.json", "vocabulary.json", "optimized.json"

_DIGEST = re.compile("[0-9a-f]{64}")


# === manifest.json ===


@dataclass(frozen=True)
class _File:
    bytes: int
    sha256: str


@dataclass(frozen=True)
class _Data:
    name: str = ""
    origin: str = ""
    source: str = ""
    samples: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Scores:
    scores: Mapping[str, float]
    baseline: str
    baseline_scores: Mapping[str, float]
    beaten: bool


@dataclass(frozen=True)
class Training:
    """What a training run says of itself, as far as a program reads it."""

    model: str = ""
    configuration: Any = None
    seed: int = 0
    backend: str = ""
    data: _Data = field(default_factory=_Data)
    outputs: Mapping[str, _Scores] = field(default_factory=dict)


@dataclass(frozen=True)
class _Manifest:
    format_version: int
    files: Mapping[str, _File]
    via: str = ""
    preprocessing: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    training: Training = field(default_factory=Training)


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the content of a bundle's manifest.

    Raises:
        BundleError: The document is missing or damaged.
    """
    document, place = read_json(path), Place(path)
    manifest = decode(_Manifest, document, place)
    place.at("format_version").require(manifest.format_version > 0, "versions begin with 1")
    for name, facts in manifest.files.items():
        here = place.at("files").at(name)
        here.require(_is_inside(name), "no file of a bundle has such a path")
        here.at("bytes").require(facts.bytes >= 0, f"a file of {facts.bytes} bytes")
        is_digest = _DIGEST.fullmatch(facts.sha256) is not None
        here.at("sha256").require(is_digest, "a SHA-256 has 64 hexadecimal digits")
    check_training(manifest.training, place.at("training"))
    return document


def check_training(training: Training, place: Place) -> None:
    """Refuse a training without the scores that its baselines have."""
    place.at("seed").require(0 <= training.seed < 2**63, f"{training.seed} is no seed")
    for name, item in training.outputs.items():
        here = place.at("outputs").at(name).at("baseline_scores")
        here.require(set(item.scores) <= set(item.baseline_scores), "a score has no baseline")


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    plain = path.as_posix() == name and not path.is_absolute() and ".." not in path.parts
    return plain and name != "." and not any(letter in name for letter in "\\:\0")


# === The other documents ===


@dataclass(frozen=True)
class Parity:
    """What `parity.json` says, as far as a program reads it."""

    tolerance: Tolerance
    rows: tuple[Comparison, ...] = ()
    inputs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    seed: int | None = None


def read_parity(folder: Path) -> Parity:
    """Return what a bundle was published with.

    Raises:
        BundleError: The document is missing or damaged.
    """
    path = folder / PARITY
    place = Place(path)
    parity = decode(Parity, read_json(path), place)
    for name, size in (("atol", parity.tolerance.atol), ("rtol", parity.tolerance.rtol)):
        here = place.at("tolerance").at(name)
        here.require(0 <= size < math.inf, f"a tolerance of {size}")
    return parity


@dataclass(frozen=True)
class _Change:
    output: str
    metric: str
    before: float
    after: float


@dataclass(frozen=True)
class _Smaller:
    sizes: tuple[int, int]
    data: str
    kept: tuple[str, ...]
    changes: tuple[_Change, ...]
    precision: str = ""
    golden: Mapping[str, str] = field(default_factory=dict)


def read_optimized(folder: Path) -> dict[str, Any]:
    """Return what a bundle says of its smaller files, by their names; nothing where it has none.

    Raises:
        BundleError: The document is damaged.
    """
    path = folder / OPTIMIZED
    if not path.is_file():
        return {}
    document = read_json(path)
    for name, facts in document.items():
        decode(_Smaller, facts, Place(path).at(name))
    return document


def read_words(folder: Path, specs: Sequence[TensorSpec]) -> dict[str, tuple[str, ...]]:
    """Return the words of a bundle's text inputs, by the inputs' names; nothing without a document.

    Raises:
        BundleError: The document is damaged, or its words are of no input [batch, length] of
            integers.
    """
    path = folder / VOCABULARY
    if not path.is_file():
        return {}
    document, place = read_json(path), Place(path, remedy="export the training run again")
    known = {spec.name: spec for spec in specs}
    for name, words in document.items():
        here = place.at(name)
        is_list = isinstance(words, list) and all(isinstance(word, str) for word in words)
        here.require(
            is_list and len(set(words)) == len(words),
            f"the words of '{name}' are no list of different texts",
        )
        here.require(name in known, f"there are words for '{name}', which is no input of the model")
        shape, dtype = known[name].shape, known[name].dtype
        here.require(
            len(shape) == 1 and isinstance(shape[0], int) and "int" in dtype,
            f"there are words for '{name}', which is no row of integers of a fixed length",
        )
    return {name: tuple(words) for name, words in document.items()}


def check_documents(
    folder: Path, signature: Signature, limits: Mapping[str, int], manifest: Mapping[str, Any]
) -> None:
    """Refuse a bundle one of whose documents is damaged, or contradicts its contract.

    Raises:
        BundleError: With the document's path and the JSON path in it.
    """
    outputs = {spec.name for spec in signature.outputs}
    if (folder / PARITY).is_file():
        place = Place(folder / PARITY).at("rows")
        for number, row in enumerate(read_parity(folder).rows):
            here = place.at(number).at("output")
            here.require(row.output in {*outputs, CONTRACT}, f"'{row.output}' is no output")
    for name, facts in read_optimized(folder).items():
        here = Place(folder / OPTIMIZED).at(name)
        here.require(name in manifest["files"], "the bundle has no such file")
        for number, change in enumerate(facts["changes"]):
            place = here.at("changes").at(number).at("output")
            place.require(change["output"] in outputs, f"'{change['output']}' is no output")
    for name, words in read_words(folder, signature.inputs).items():
        most = limits.get(name, math.inf) - FIRST_WORD
        place = Place(folder / VOCABULARY).at(name)
        place.require(len(words) <= most, f"{len(words)} words, where the model knows {most}")
    document = rules.read_preprocessing(folder)
    if document is not None:
        check_rules(document, signature, Place(folder / rules.FILE, remedy=rules.EXPORT_AGAIN))
