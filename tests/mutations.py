"""Documents of a bundle with one value replaced by a wrong one, and hashes that are right again."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mimo_export.manifest import checksum

WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    7,
    2**63,
    0.5,
    1e308,
    "",
    "y",
    "\x1b[31m`|<script>\n",
    "../../x",
    [],
    [""],
    [-1],
    {},
    {"x": "y"},
)
"""What takes the place of a value; each differs from most in type, range or meaning."""

REMOVED = object()


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value in a document."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def mutated(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of a document with another value at a path, or none."""
    found = copy.deepcopy(document)
    *outer, last = path
    inner = found
    for key in outer:
        inner = inner[key]
    if value is REMOVED:
        del inner[last]
    else:
        inner[last] = value
    return found


def mutations(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield every document with one value replaced by each wrong one, or taken out."""
    for path in places(document):
        for value in (*WRONG, REMOVED):
            changed = mutated(document, path, value)
            if changed != document or value is True:
                label = "nothing" if value is REMOVED else repr(value)
                yield f"{'.'.join(map(str, path))} = {label}", changed


def publish(folder: Path, name: str, document: Any) -> None:
    """Write a document into a bundle, and its right hash into the manifest."""
    text = json.dumps(document)
    (folder / name).write_text(text, encoding="utf-8")
    if name == "manifest.json":
        return
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][name] = checksum(folder / name)
    path.write_text(json.dumps(manifest), encoding="utf-8")
