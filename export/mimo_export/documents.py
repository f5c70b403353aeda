"""JSON documents of a bundle, read strictly: a stranger may have written them.

A document is decoded into the dataclass that describes it, by the types of its fields, so that
every error names the file and the JSON path: `signature.json: $.outputs[1].labels`. A key that no
field has is left alone, because a later version may write more; a field without a default is
required. Ranges and cross references are checked by who knows them, with the same `Place`.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from mimo_export.errors import BundleError

Kind = TypeVar("Kind")

_EXPORT_AGAIN = "export the model again with `mimo-portable export`"
_WORDS = ("nan", "inf", "-inf")  # what `report.jsonable` writes for numbers that JSON has not
_DEEPEST = 64
_BEYOND = 2**64  # no tensor and no file has such an integer
_MOST = 2**28  # bytes of a document
_SHOWN = 60  # letters of a wrong value


@dataclass(frozen=True)
class Place:
    """Where in which document something stands.

    Attributes:
        file: The document.
        path: The JSON path, `$` for all of it.
        remedy: What a person does about an error there.
    """

    file: Path
    path: str = "$"
    remedy: str = _EXPORT_AGAIN

    def at(self, key: str | int) -> Place:
        """Return the place of a member or an element."""
        if isinstance(key, int):
            step = f"[{key}]"
        else:
            step = f".{key}" if key.isidentifier() else f"[{json.dumps(key)}]"
        return dataclasses.replace(self, path=self.path + step)

    def refuse(self, what: str) -> NoReturn:
        """Raise what a person reads about this place."""
        raise BundleError(what, where=f"{self.file}: {self.path}", remedy=self.remedy)

    def require(self, condition: bool, what: str) -> None:
        """Refuse this place unless a condition holds."""
        if not condition:
            self.refuse(what)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of text that can be written, and of numbers that a file can have.

    Raises:
        BundleError: The file is missing or is no such object.
    """
    try:
        if path.stat().st_size > _MOST or not path.is_file():
            what = f"this is no file of at most {_MOST >> 20} MiB"
            raise BundleError(what, where=str(path), remedy=_EXPORT_AGAIN)
        document = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except FileNotFoundError as error:
        raise BundleError("there is no such file", where=str(path), remedy=_EXPORT_AGAIN) from error
    except (ValueError, RecursionError) as error:
        what = f"the file is no JSON: {error}"
        raise BundleError(what, where=str(path), remedy=_EXPORT_AGAIN) from error
    if not isinstance(document, dict):
        raise BundleError("the file holds no object", where=str(path), remedy=_EXPORT_AGAIN)
    _check_values(document, Place(path))
    return document


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON object, readable by people, in the order it has."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys differ: of two with one name, readers take different ones."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return found


def _check_values(document: Any, place: Place) -> None:
    """Refuse texts that cannot be written, numbers that no file has, and what is nested too deep.

    A `Place` is made for what is refused alone: a vocabulary has many words.
    """
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(document, ())]
    while waiting:
        value, steps = waiting.pop()
        if isinstance(value, dict):
            found = [
                *((key, steps) for key in value),
                *((x, (*steps, k)) for k, x in value.items()),
            ]
        elif isinstance(value, list):
            found = [(item, (*steps, i)) for i, item in enumerate(value)]
        else:
            continue
        for item, here in found:
            if why := _unsound(item, len(here)):
                functools.reduce(Place.at, here, place).refuse(why)
        waiting += [(x, here) for x, here in found if isinstance(x, dict | list)]


def _unsound(value: Any, depth: int) -> str:
    if isinstance(value, str):
        halves = not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)
        return "a text holds half of a character that needs two" if halves else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{value} is no number of JSON"
    if isinstance(value, int):
        return "" if abs(value) < _BEYOND else "an integer has more than 64 bits"
    too_deep = depth > _DEEPEST and isinstance(value, dict | list)
    return f"objects and lists are more than {_DEEPEST} deep in each other" if too_deep else ""


# === Decoding ===


def decode(kind: type[Kind], value: Any, place: Place) -> Kind:
    """Return a value of JSON as an instance of a dataclass.

    Args:
        kind: The dataclass: its fields are of plain types, of tuples, mappings and unions of these,
            and of such dataclasses.
        value: What was read.
        place: Where it stands.

    Raises:
        BundleError: A type is wrong or a field is missing, with the place.
    """
    decoded: Kind = _object(kind, value, place)
    return decoded


def _object(kind: Any, value: Any, place: Place) -> Any:
    place.require(isinstance(value, dict), f"{_shown(value)} where an object is expected")
    hints, fields = _hints(kind), {}
    for field in dataclasses.fields(kind):
        if field.name in value:
            here = place.at(field.name)
            fields[field.name] = _decode(hints[field.name], value[field.name], here)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            place.refuse(f"'{field.name}' is missing")
    return kind(**fields)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(kind: Any, value: Any, place: Place) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        fitting = [k for k in get_args(kind) if _fits(k, value)]
        if not fitting:
            place.refuse(f"{_shown(value)} where {_named(kind)} is expected")
        return _decode(fitting[0], value, place)
    if not _fits(kind, value):
        place.refuse(f"{_shown(value)} where {_named(kind)} is expected")
    if origin is tuple:
        return _tuple(get_args(kind), value, place)
    if origin is Mapping:
        inner = get_args(kind)[1]
        return {key: _decode(inner, item, place.at(key)) for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        return _object(kind, value, place)
    return float(value) if kind is float else value


def _tuple(kinds: tuple[Any, ...], value: list[Any], place: Place) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    elif len(kinds) != len(value):
        place.refuse(f"a list of {len(value)} where {len(kinds)} belong")
    if kinds and kinds[0] is str and all(isinstance(item, str) for item in value):
        return tuple(value)  # a vocabulary has many words
    pairs = enumerate(zip(kinds, value, strict=True))
    return tuple(_decode(kind, item, place.at(i)) for i, (kind, item) in pairs)


_FITS: Mapping[Any, tuple[str, Callable[[Any], bool]]] = {
    type(None): ("null", lambda x: x is None),
    bool: ("true or false", lambda x: isinstance(x, bool)),
    str: ("a text", lambda x: isinstance(x, str)),
    int: ("an integer", lambda x: isinstance(x, int) and not isinstance(x, bool)),
    float: (
        "a number",
        lambda x: (isinstance(x, int | float) and not isinstance(x, bool)) or x in _WORDS,
    ),
    tuple: ("a list", lambda x: isinstance(x, list)),
    dict: ("an object", lambda x: isinstance(x, dict)),
}


def _base(kind: Any) -> Any:
    """Return the key of a type in the table above."""
    origin = get_origin(kind) or kind
    return origin if origin in _FITS else dict


def _fits(kind: Any, value: Any) -> bool:
    if kind is Any:
        return True
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    return _FITS[_base(kind)][1](value)


def _named(kind: Any) -> str:
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_named(part) for part in get_args(kind))
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    return _FITS[_base(kind)][0]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
