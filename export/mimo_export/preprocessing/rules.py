"""What `preprocessing.json` holds: per input of the files, how it is made of what a user has.

The document is written for programs in any language: it names steps, not layers of Keras, and has
the words and the examples in it. `export/README.md` describes every field.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mimo_export.contract import Signature
from mimo_export.documents import Place, decode, read_json, write_json
from mimo_export.errors import BundleError
from mimo_portable.specs import TensorSpec, document_of

FILE = "preprocessing.json"
FORMAT_VERSION = 1
EXPORT_AGAIN = "export the model again with `mimo-portable export --preprocessing beside`"

KEEP_BESIDE = (
    "or keep the layer beside the file, as a rule: `mimo-portable export --preprocessing beside`, "
    "in Python ExportOptions(preprocessing='beside')"
)
"""What an error proposes where a layer behind an input of strings has no exact ONNX form."""

NOTHING = -1
"""The id of what counts for nothing in a vector."""


@dataclass(frozen=True)
class Bucket:
    """A hash of a string's UTF-8 bytes, modulo a number.

    Attributes:
        count: The number of buckets.
        key: The two integers of SipHash-2-4's key; None: FarmHash64 (Fingerprint64).
    """

    count: int
    key: tuple[int, int] | None = None


@dataclass(frozen=True)
class Encoding:
    """What becomes of ids.

    Attributes:
        mode: "int": the ids; "one_hot": a vector for each, in place of a last axis of size 1;
            "multi_hot" and "count": one vector for all ids along the first axis after the batch, of
            which there are and of how many there are.
        depth: The vectors' length; an id outside of 0..depth-1 counts for nothing.
        weights: Factors of the vector; None: there are none.
    """

    mode: Literal["int", "one_hot", "multi_hot", "count"]
    depth: int
    weights: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Text:
    """Text to pieces, before they are looked up, in this order of steps.

    Attributes:
        lower: Whether A to Z become a to z; no other letter changes.
        strip: The characters that are taken out.
        split: "whitespace": at runs of the ASCII characters 9 to 13 and 32, no piece being empty;
            "character": into Unicode code points; None: the text is one piece.
        ngrams: Neighbouring pieces are joined by a space: all of the first width, then of the next;
            None: pieces stay alone.
        length: Ids are cut, or filled with zeros, to this number; None: to the longest row.
    """

    lower: bool
    strip: str
    split: Literal["whitespace", "character"] | None
    ngrams: tuple[int, ...] | None
    length: int | None


@dataclass(frozen=True)
class Lookup:
    """Strings to ids.

    Attributes:
        vocabulary: The words; the id of the first is `first`, of the next one more, and so on.
        first: See vocabulary.
        unknown: The id of every other string, or of the first of several: see `bucket`; None: there
            is none, and such a string is an error.
        bucket: Which of several places, added to `unknown`; None: there is one place.
        mask: A string that stands for nothing; None: there is none.
        mask_id: Its id.
    """

    vocabulary: tuple[str, ...]
    first: int
    unknown: int | None
    bucket: Bucket | None
    mask: str | None
    mask_id: int


@dataclass(frozen=True)
class Rule:
    """How one input of the files is made: text, then lookup; or hash; or cross; then encoding.

    Attributes:
        output: The input of the files, with its dtype and its shape without the batch.
        sources: The names of what it is made of: one, or for "cross" several, equal in shape.
        layer: What the Keras layer is called.
        kind: "text", "lookup", "hash" or "cross".
        encoding: The last step.
        text: Of the kind "text".
        lookup: Of the kinds "text" and "lookup".
        bucket: Of the kinds "hash" (of a string) and "cross": buckets of a combination, where
            strings count as their FarmHash64 and integers as they are.
        mask: Of the kind "hash": a string that gets bucket 0, all others being one further.
    """

    output: TensorSpec
    sources: tuple[str, ...]
    layer: str
    kind: Literal["text", "lookup", "hash", "cross"]
    encoding: Encoding
    text: Text | None = None
    lookup: Lookup | None = None
    bucket: Bucket | None = None
    mask: str | None = None


@dataclass(frozen=True)
class Example:
    """Rows of what a user has, and what Keras makes of them, both as nested lists by name."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(frozen=True)
class Preprocessing:
    """The whole document.

    Attributes:
        inputs: What a user gives, in the model's order, also what no rule changes.
        rules: One for each input of the files that is made.
        examples: For a host to be held against.
    """

    inputs: tuple[TensorSpec, ...]
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; what a rule has not is left out."""
        return {
            "format_version": FORMAT_VERSION,
            "inputs": [document_of(spec) for spec in self.inputs],
            "rules": [_document(rule) for rule in self.rules],
            "examples": [dataclasses.asdict(example) for example in self.examples],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Preprocessing:
        """Read back what `to_dict` gave, also after a trip through JSON."""
        return cls(
            Signature.from_dict({"inputs": data["inputs"], "outputs": []}).inputs,
            tuple(_rule(item) for item in data["rules"]),
            tuple(Example(item["inputs"], item["outputs"]) for item in data["examples"]),
        )


def _document(rule: Rule) -> dict[str, Any]:
    document = {**dataclasses.asdict(rule), "output": document_of(rule.output)}
    return {name: value for name, value in document.items() if value is not None}


def write_preprocessing(folder: Path, document: Preprocessing) -> None:
    """Write `preprocessing.json` into a bundle's folder."""
    write_json(folder / FILE, document.to_dict())


def read_preprocessing(folder: Path) -> Preprocessing | None:
    """Read a bundle's `preprocessing.json`; None where there is none.

    Raises:
        BundleError: It is damaged, or of a newer kind.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    data, place = read_json(path), Place(path, remedy=EXPORT_AGAIN)
    version = data.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise BundleError(
            f"the rules have format version {version}; this program knows up to {FORMAT_VERSION}",
            where=str(path),
            remedy="pip install --upgrade mimo-portable",
        )
    place.at("format_version").require(version == FORMAT_VERSION, "versions begin with 1")
    return decode(Preprocessing, data, place)


def _rule(item: Mapping[str, Any]) -> Rule:
    parts: dict[str, Any] = dict(item)
    parts["output"] = TensorSpec(**_tuples(item["output"]))
    parts["sources"] = tuple(item["sources"])
    parts["encoding"] = Encoding(**_tuples(item["encoding"]))
    if "text" in item:
        parts["text"] = Text(**_tuples(item["text"]))
    if "lookup" in item:
        lookup = _tuples(item["lookup"])
        parts["lookup"] = Lookup(**{**lookup, "bucket": _bucket(lookup["bucket"])})
    if "bucket" in item:
        parts["bucket"] = _bucket(item["bucket"])
    return Rule(**parts)


def _bucket(item: Mapping[str, Any] | None) -> Bucket | None:
    return None if item is None else Bucket(**_tuples(item))


def _tuples(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}
