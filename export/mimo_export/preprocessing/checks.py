"""What rules must fulfil that came with a bundle: ranges, parts, and what they say of its contract.

The reference and the programs of other languages compute what a rule says, so that a rule which a
stranger has altered must not ask for what cannot be computed, or for all of the memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mimo_export.contract import Signature, check_tensor, check_tensors
from mimo_export.documents import Place
from mimo_export.preprocessing.rules import Bucket, Encoding, Example, Lookup, Preprocessing, Rule
from mimo_portable.specs import TensorSpec

_MOST = 2**24  # places of a vector, and pieces of a text
_MOST_IDS = 2**62
_PARTS = {"text": ("text", "lookup"), "lookup": ("lookup",), "hash": ("bucket",)}
_VECTORS = ("multi_hot", "count")


def check_rules(document: Preprocessing, signature: Signature, place: Place) -> None:
    """Refuse rules that cannot be followed, or that do not make what the files take.

    Raises:
        BundleError: With the place of what is wrong.
    """
    check_tensors(document.inputs, place.at("inputs"))
    given = {spec.name: spec for spec in document.inputs}
    wanted = {spec.name: spec for spec in signature.inputs}
    place.at("rules").require(bool(document.rules), "a document has at least one rule")
    made = [rule.output.name for rule in document.rules]
    for number, rule in enumerate(document.rules):
        here = place.at("rules").at(number)
        check_tensor(rule.output, here.at("output"))
        here.at("output").at("dtype").require(rule.output.dtype != "string", "a rule makes numbers")
        name = here.at("output").at("name")
        name.require(rule.output.name not in made[:number], f"'{rule.output.name}' is there twice")
        if rule.output.name in wanted:
            _check_output(rule.output, wanted[rule.output.name], here.at("output"))
        _check_sources(rule, given, here)
        _check_parts(rule, here)
    for spec in signature.inputs:
        is_there = spec.name in made or spec.name in given
        place.require(is_there, f"nothing makes the input '{spec.name}' of the files")
    for number, example in enumerate(document.examples):
        _check_example(example, document, place.at("examples").at(number))


def _check_output(made: TensorSpec, wanted: TensorSpec, place: Place) -> None:
    place.at("dtype").require(made.dtype == wanted.dtype, f"the files take {wanted.dtype}")
    rank = len(wanted.shape)
    place.at("shape").require(len(made.shape) == rank, f"the files take {rank} dimensions")


def _check_sources(rule: Rule, given: Mapping[str, TensorSpec], place: Place) -> None:
    here, cross = place.at("sources"), rule.kind == "cross"
    here.require(len(rule.sources) >= 1 if cross else len(rule.sources) == 1, "one source belongs")
    for number, name in enumerate(rule.sources):
        here.at(number).require(name in given, f"'{name}' is no input")
        dtype = given[name].dtype
        fits = dtype == "string" or (cross and "int" in dtype)
        here.at(number).require(fits, f"'{name}' is {dtype}, of which this rule makes nothing")
        same = len(given[name].shape) == len(given[rule.sources[0]].shape)
        here.at(number).require(same, "the sources have different ranks")


def _check_parts(rule: Rule, place: Place) -> None:
    for part in _PARTS.get(rule.kind, ("bucket",)):
        present = getattr(rule, part) is not None
        place.require(present, f"a rule of the kind '{rule.kind}' has a '{part}'")
    _check_encoding(rule.encoding, place.at("encoding"))
    if rule.lookup is not None:
        _check_lookup(rule.lookup, place.at("lookup"))
    if rule.bucket is not None:
        _check_bucket(rule.bucket, place.at("bucket"))
    if rule.text is not None:
        here, text = place.at("text"), rule.text
        here.at("ngrams").require(all(0 < n <= _MOST for n in text.ngrams or ()), "a wrong width")
        here.at("length").require(text.length is None or 0 < text.length <= _MOST, "a wrong length")
    splits = rule.text is not None and rule.text.split is not None
    vector = rule.encoding.mode in _VECTORS and not splits
    place.require(not vector or len(rule.output.shape) > 0, "one vector for the whole batch")


def _check_encoding(encoding: Encoding, place: Place) -> None:
    place.at("depth").require(0 < encoding.depth <= _MOST_IDS, f"a depth of {encoding.depth}")
    if encoding.mode != "int":
        place.at("depth").require(encoding.depth <= _MOST, f"a vector of {encoding.depth}")
    if encoding.weights is not None:
        count = len(encoding.weights)
        here = place.at("weights")
        here.require(count == encoding.depth, f"{count} weights for a depth of {encoding.depth}")
        most = float(np.finfo("float32").max)
        fits = all(abs(weight) <= most for weight in encoding.weights)
        here.require(fits, "a weight is beyond float32")


def _check_lookup(lookup: Lookup, place: Place) -> None:
    words = lookup.vocabulary
    place.at("vocabulary").require(len(set(words)) == len(words), "a word is there twice")
    for name, id_ in (
        ("first", lookup.first),
        ("unknown", lookup.unknown),
        ("mask_id", lookup.mask_id),
    ):
        place.at(name).require(id_ is None or -1 <= id_ <= _MOST_IDS, f"{id_} is no id")
    if lookup.bucket is not None:
        _check_bucket(lookup.bucket, place.at("bucket"))


def _check_bucket(bucket: Bucket, place: Place) -> None:
    place.at("count").require(0 < bucket.count <= _MOST_IDS, f"{bucket.count} buckets")
    fits = bucket.key is None or all(-(2**63) <= part < 2**64 for part in bucket.key)
    place.at("key").require(fits, "a key is two integers of 64 bits")


# === Examples ===


def _check_example(example: Example, document: Preprocessing, place: Place) -> None:
    given = {spec.name: spec for spec in document.inputs}
    made = {rule.output.name: rule.output for rule in document.rules}
    sources = {name for rule in document.rules for name in rule.sources}
    _check_names(example.inputs, sources, given, place.at("inputs"))
    _check_names(example.outputs, made, made, place.at("outputs"))
    counts = [
        _check_rows(rows, specs[name], place.at(part).at(name))
        for part, specs in (("inputs", given), ("outputs", made))
        for name, rows in getattr(example, part).items()
    ]
    place.require(len(set(counts)) == 1 and counts[0] > 0, "the numbers of rows differ")


def _check_names(
    rows: Mapping[str, Any], needed: Iterable[str], known: Mapping[str, Any], place: Place
) -> None:
    for name in rows:
        place.at(name).require(name in known, f"there is no '{name}'")
    for name in needed:
        place.require(name in rows, f"'{name}' is missing")


def _check_rows(rows: Any, spec: TensorSpec, place: Place) -> int:
    """Refuse what is no array of a spec, and return the number of its rows."""
    sizes, level = [], [rows]
    for _ in range(len(spec.shape) + 1):
        lists = all(isinstance(item, list) for item in level)
        place.require(lists and len({len(item) for item in level}) == 1, "the rows are no array")
        sizes.append(len(level[0]))
        level = [item for row in level for item in row]
    for size, wanted in zip(sizes[1:], spec.shape, strict=True):
        fits = size == wanted if isinstance(wanted, int) else size > 0
        place.require(fits, f"rows of {sizes[1:]} where {list(spec.shape)} are expected")
    if spec.dtype == "string":
        fits = all(isinstance(item, str) for item in level)
    elif spec.dtype == "bool":
        fits = all(isinstance(item, bool) for item in level)
    elif "int" in spec.dtype:
        low, high = (getattr(np.iinfo(spec.dtype), end) for end in ("min", "max"))
        fits = all(type(item) is int and low <= item <= high for item in level)
    else:
        fits = all(type(item) in (int, float) for item in level)
    place.require(fits, f"an element is no {spec.dtype}")
    return sizes[0]
