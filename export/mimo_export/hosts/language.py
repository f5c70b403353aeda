"""A language: its folder's `host.toml`, read and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mimo_export.errors import InputError
from mimo_export.hosts.identifiers import STYLES
from mimo_export.hosts.rendering import ESCAPES

FOLDER = Path(__file__).parent
DESCRIPTION = "host.toml"
EXTRAS = ("vocabulary", "preprocessing")


@dataclass(frozen=True)
class Runtime:
    """A program of the generated project that replays the golden vectors in one runtime.

    Attributes:
        name: As in a parity table, such as "onnxruntime-node".
        tools: Programs that must be on the PATH.
        packages: Python distributions that must be installed.
        formats: What a bundle must hold for it, besides what its language needs.
        setup: Commands that install and build, each a list of words, run in the project.
        verify: The command that prints one JSON document; README.md beside this file describes it.
        test: The command that runs the project's own tests.
        environment: Variables of all these commands.
    """

    name: str
    verify: tuple[str, ...]
    tools: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()
    test: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Language:
    """What `embed` needs to know of a language.

    Attributes:
        name: Its folder's, and the word after `--lang`.
        title: For people.
        style: How it spells a variable: "camel", "snake", "pascal" or "constant".
        escapes: How it writes a string: a name in `rendering.ESCAPES`.
        formats: What a bundle must hold for it, of "onnx" and "saved_model".
        optional: What it loads as well where a bundle holds it.
        files: Path in the project, which may hold `{model}`, to the template's name.
        types: Per dtype, words for the templates; a dtype that is not there is refused.
        given_types: The same of dtypes that only preprocessing takes, which the files' inputs and
            outputs cannot have.
        reserved: Words that no identifier may be.
        shares: Languages whose templates it uses where it has none of its own.
        generated: What building adds at the top; it does not keep `embed` from replacing.
        extras: More files, by what a bundle must have for them: a name in `EXTRAS`.
        runtimes: What can replay the golden vectors.
    """

    name: str
    title: str
    style: str
    escapes: str
    formats: tuple[str, ...]
    files: Mapping[str, str]
    types: Mapping[str, Mapping[str, str]]
    reserved: frozenset[str] = frozenset()
    optional: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()
    extras: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    given_types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    runtimes: tuple[Runtime, ...] = ()

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Return where its templates are looked for, its own folder first."""
        return tuple(FOLDER / name / "templates" for name in (self.name, *self.shares))

    def files_for(self, extras: Sequence[str]) -> dict[str, str]:
        """Return the files of a project around a bundle that has some extras."""
        files = dict(self.files)
        for name in extras:
            files |= self.extras.get(name, {})
        return files


def language_names() -> tuple[str, ...]:
    """Return every language that has a folder."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob(f"*/{DESCRIPTION}")))


def find_language(name: str) -> Language:
    """Return a language by its name.

    Raises:
        InputError: There is no such language.
    """
    known = language_names()
    if name not in known:
        raise InputError(f"'{name}' is no language", remedy=f"choose from {', '.join(known)}")
    return read_language(FOLDER / name)


def read_language(folder: Path) -> Language:
    """Read a folder's `host.toml`; what is wrong in it is its author's to mend.

    Raises:
        ValueError: A field is missing, unknown or has an impossible value.
    """
    path = folder / DESCRIPTION
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    runtimes = tuple(Runtime(**_tuples(item)) for item in data.pop("runtimes", []))
    try:
        language = Language(
            name=folder.name,
            runtimes=runtimes,
            reserved=frozenset(data.pop("reserved", "").split()),
            **_tuples(data),
        )
    except TypeError as error:
        raise ValueError(f"{path}: {error}") from error
    words = ((language.style, STYLES), (language.escapes, ESCAPES))
    for word, known in (*words, *((name, EXTRAS) for name in language.extras)):
        if word not in known:
            raise ValueError(f"{path}: '{word}' is none of {', '.join(known)}")
    return language


def _tuples(value: Any) -> Any:
    """Return TOML's lists as tuples, at every depth."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
