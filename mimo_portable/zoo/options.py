"""Fields of a configuration by name: from words on a command line, statistics of data, or JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from mimo_portable.errors import ConfigError

Config = TypeVar("Config")

_BOOLEANS = {"true": True, "false": False}


def parse(config: Config, words: Sequence[str]) -> Config:
    """Return the configuration with fields replaced by words such as "lstm_units=32".

    Numbers of a tuple are separated by commas, "filters=16,32"; an empty one is "filters=".

    Raises:
        ConfigError: A word has no "=", names no field, or its value does not fit the field.
    """
    changes = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(
                f"'{word}' is not of the form field=value",
                where="--config",
                remedy="write the field, '=' and the value without spaces, such as epochs=3",
            )
        changes[name] = _parse_value(name, value, _kind(config, name))
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]  # any dataclass


def replace(config: Config, values: Mapping[str, Any]) -> Config:
    """Return the configuration with fields replaced by values; lists (of JSON) become tuples.

    Raises:
        ConfigError: A name is no field.
    """
    changes = {}
    for name, value in values.items():
        _kind(config, name)
        changes[name] = tuple(value) if isinstance(value, list) else value
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]  # any dataclass


def _kind(config: object, name: str) -> Any:
    kinds = get_type_hints(type(config))
    if name not in kinds:
        raise ConfigError(
            f"{type(config).__name__} has no field '{name}'",
            where="--config",
            remedy=f"choose one of: {', '.join(kinds)}",
        )
    return kinds[name]


def _parse_value(name: str, text: str, kind: Any) -> Any:
    try:
        if kind is bool:
            return _BOOLEANS[text.lower()]
        if get_origin(kind) is tuple:
            return tuple(int(part) for part in text.split(",") if part)
        if get_origin(kind) is Literal:
            return get_args(kind)[get_args(kind).index(text)]
        return kind(text)
    except (ValueError, KeyError):
        raise ConfigError(
            f"'{text}' is no value for '{name}', expected {_expected(kind)}",
            where="--config",
            remedy=f"write {name}={_example(kind)}, for example",
        ) from None


def _expected(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "whole numbers separated by commas"
    if get_origin(kind) is Literal:
        return f"one of: {', '.join(get_args(kind))}"
    return {bool: "true or false", int: "a whole number", float: "a number"}[kind]


def _example(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "16,32"
    if get_origin(kind) is Literal:
        return str(get_args(kind)[0])
    return {bool: "true", int: "32", float: "0.5"}[kind]
