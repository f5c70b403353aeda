"""Names of a contract as identifiers: valid in every language, unique, the same on every run.

What Keras takes for a name ("my input:0", "größe", "class") is mostly no identifier. Words are cut
at everything that is no ASCII letter or digit and where a capital follows a small letter; accents
go; a name of which nothing is left becomes its kind and number. The strings that a runtime is
called with stay the contract's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Spelling:
    """One name in the four ways in which languages spell.

    Attributes:
        camel: `ecgInput`.
        snake: `ecg_input`.
        pascal: `EcgInput`.
        constant: `ECG_INPUT`.
    """

    camel: str
    snake: str
    pascal: str
    constant: str


def _camel(words: Sequence[str]) -> str:
    return words[0].lower() + _pascal(words[1:])


def _pascal(words: Sequence[str]) -> str:
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def _snake(words: Sequence[str]) -> str:
    return "_".join(words).lower()


def _constant(words: Sequence[str]) -> str:
    return _snake(words).upper()


STYLES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "camel": _camel,
    "snake": _snake,
    "pascal": _pascal,
    "constant": _constant,
}


def spell(name: str, kind: str = "model") -> Spelling:
    """Return a name's spellings.

    Args:
        name: Any text.
        kind: A word that stands where nothing is left of the name, or before a digit.
    """
    words = _words(name)
    if not words or words[0][0].isdigit():
        words = [kind, *words]
    return _spelled(words)


def spell_all(names: Sequence[str], kind: str, reserved: Collection[str] = ()) -> list[Spelling]:
    """Return the spellings of names that stand side by side: none twice, none reserved.

    Args:
        names: The contract's own.
        kind: "input" or "output": goes before a digit, after a reserved word, and stands for a name
            of which nothing is left.
        reserved: What the language keeps for itself.
    """
    taken = set(reserved)
    spellings = []
    for number, name in enumerate(names, start=1):
        words = _words(name) or [kind, str(number)]
        if words[0][0].isdigit():
            words = [kind, *words]
        if taken & set(astuple(_spelled(words))) & set(reserved):
            words = [*words, kind]
        free = _first_free(words, taken)
        taken.update(astuple(free))
        spellings.append(free)
    return spellings


def _first_free(words: Sequence[str], taken: Collection[str]) -> Spelling:
    found, number = _spelled(words), 1
    while not set(astuple(found)).isdisjoint(taken):
        number += 1
        found = _spelled([*words, str(number)])
    return found


def _spelled(words: Sequence[str]) -> Spelling:
    return Spelling(**{style: write(words) for style, write in STYLES.items()})


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.findall(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+", plain)
