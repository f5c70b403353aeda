"""Say that a `.keras` file is one of Keras 2, where that is why it cannot be loaded.

Keras 2.12 to 2.15 (`tf.keras`) and the package tf_keras write files of the same ending, with other
classes in them. Some load all the same, so that nothing is refused for its age alone.
"""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from mimo_export.archive_folder import METADATA
from mimo_export.archive_zip import file_error, opened
from mimo_export.errors import ModelFileError

_MOST_BYTES = 2**16
_REMEDY = (
    "in the environment that trained it, save `model.save_weights('model.weights.h5')`; build the "
    "same model with Keras 3, load these weights into it, and save it with "
    "`model.save('name.keras')`"
)


def saved_by(archive: zipfile.ZipFile) -> str:
    """Return the version of Keras that wrote a file; nothing where it does not say so."""
    if METADATA not in archive.namelist() or archive.getinfo(METADATA).file_size > _MOST_BYTES:
        return ""
    try:
        document = json.loads(archive.read(METADATA))
    except (ValueError, RecursionError):
        return ""
    version = document.get("keras_version") if isinstance(document, dict) else None
    known = isinstance(version, str) and re.fullmatch(r"\d+(\.\w+)*", version, re.ASCII)
    return str(version)[:20] if known else ""


@contextlib.contextmanager
def blamed_on_age(path: Path) -> Iterator[None]:
    """Say of a refusal in the block that the file is one of Keras 2, where it is.

    Args:
        path: A file whose zip archive has been checked.

    Raises:
        ModelFileError: What the block raises, with the version that wrote the file.
    """
    try:
        yield
    except ModelFileError as error:
        with opened(path) as archive:
            version = saved_by(archive)
        if not version.startswith(("0.", "1.", "2.")):
            raise
        what = (
            f"the file was saved by Keras {version} (tf.keras, or the package tf_keras), and "
            f"Keras 3 cannot load it: {error.what}"
        )
        raise file_error(what, path, _REMEDY) from error
