"""Add something to a bundle that is published: a new one takes its place, in one step."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from mimo_export import manifest
from mimo_export.manifest import Bundle
from mimo_export.publish import staging

_WRITTEN = ("format_version", "files")  # what `write_manifest` states itself


@contextlib.contextmanager
def amended(bundle: Bundle) -> Iterator[Path]:
    """Give a copy of a bundle's folder that becomes the bundle when the block ends well.

    The manifest is written anew; when the block raises, the bundle stays as it was.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    with staging(bundle.folder) as folder:
        shutil.copytree(bundle.folder, folder, dirs_exist_ok=True)
        yield folder
        (folder / manifest.MANIFEST).unlink()
        facts = {name: fact for name, fact in bundle.manifest.items() if name not in _WRITTEN}
        manifest.write_manifest(folder, facts)
