"""Know one's own work again: a file in a written folder that lists its files by size and SHA-256.

What makes folders for people to build on (`embed`, `demo`) replaces a folder that is as it left it,
and never what a person has changed or added. A mark holds no time: the same files give the same
bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from mimo_export import manifest
from mimo_export.errors import BundleError


def check_target(target: Path, mark: str, generated: Sequence[str] = ()) -> None:
    """Refuse a folder that may not be replaced.

    Args:
        target: The folder; where there is none, or an empty one, all is well.
        mark: The name of the file that lists the others.
        generated: Folders and files at the top that building makes there: nobody's work.

    Raises:
        BundleError: It holds something else, or was changed since it was written.
    """
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    what = _foreign(target, mark, set(generated))
    if what:
        raise BundleError(
            f"{what}, which is not overwritten",
            where=str(target),
            remedy="choose another folder, or remove this one",
        )


def write_mark(folder: Path, mark: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Write the mark beside a folder's files, and return the paths of all."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): manifest.checksum(path) for path in paths}
    made_with = f"mimo-portable {metadata.version('mimo-portable')}"
    manifest.write_json(folder / mark, {**facts, "made_with": made_with, "files": files})
    return (*files, mark)


def _foreign(target: Path, mark: str, generated: set[str]) -> str:
    """Return what in a folder was not written by us, or was changed since; else nothing."""
    if not (target / mark).is_file():
        return "there is something else already"
    stated = manifest.read_json(target / mark).get("files", {})
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target)
        is_folder = path.is_dir() and not path.is_symlink()
        if is_folder or name.parts[0] in generated or name.as_posix() == mark:
            continue
        if name.as_posix() not in stated:
            return f"there is a file of yours, {name.as_posix()}"
        if manifest.checksum(path) != stated[name.as_posix()]:
            return f"{name.as_posix()} was changed since it was written"
    return ""
