"""The folder that `keras.saving.save_model(model, path, zipped=False)` writes, as a `.keras` file.

It holds what the zip archive of a `.keras` file holds. It is packed first, without compression, so
that there is one way to check a model and one way to load it. A link would bring in a file that is
no part of the folder, so none is followed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from pathlib import Path

from mimo_export.archive_zip import CONFIG, NOT_TRUSTED, WEIGHTS_H5, WEIGHTS_NPZ, file_error
from mimo_export.errors import MimoExportError

METADATA, ASSETS = "metadata.json", "assets"
_MAX_FILES = 10_000


def is_model_folder(path: Path) -> bool:
    """Tell whether this is a folder that Keras has saved a model into."""
    return path.is_dir() and (path / CONFIG).is_file()


@contextlib.contextmanager
def as_file(path: Path) -> Iterator[Path]:
    """Give a `.keras` file for the block: the path itself, or a folder's content, packed.

    Raises:
        ModelFileError: The folder holds what is no regular file; or what the block raises, which
            names the folder then.
    """
    if not is_model_folder(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / "model.keras"
        pack(path, packed)
        with named(packed, path):
            yield packed


@contextlib.contextmanager
def named(packed: Path, folder: Path) -> Iterator[None]:
    """Let errors in the block name a folder where they would name the file it was packed into."""
    try:
        yield
    except MimoExportError as error:
        error.what = error.what.replace(str(packed), str(folder))
        error.where = error.where.replace(str(packed), str(folder))
        raise


class Packed:
    """A folder of Keras, packed into a file that is there as long as this object is.

    Args:
        folder: What Keras has written.

    Raises:
        ModelFileError: The folder holds what is no regular file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        scratch = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        self.path = Path(scratch) / f"{folder.name}.keras"
        pack(folder, self.path)


def pack(folder: Path, target: Path) -> None:
    """Write the members of a model's folder into one `.keras` file; what else is in it stays out.

    Raises:
        ModelFileError: One of them is no regular file, or there are too many.
    """
    names = (CONFIG, METADATA, WEIGHTS_H5, WEIGHTS_NPZ)
    with zipfile.ZipFile(target, "w", strict_timestamps=False) as archive:
        for name in names:
            if os.path.lexists(folder / name):
                _add(archive, folder, folder / name)
        if os.path.lexists(folder / ASSETS):
            _check_kind(folder, folder / ASSETS)
            for number, path in enumerate(_walk(folder, folder / ASSETS)):
                if number >= _MAX_FILES:
                    what = f"the folder has more than {_MAX_FILES:,} files in it"
                    raise file_error(what, folder, NOT_TRUSTED, ASSETS)
                _add(archive, folder, path)


def _walk(folder: Path, place: Path) -> Iterator[Path]:
    todo = [place]
    while todo:
        for path in sorted(todo.pop().iterdir()):
            if _check_kind(folder, path):
                todo.append(path)
            else:
                yield path


def _add(archive: zipfile.ZipFile, folder: Path, path: Path) -> None:
    name = path.relative_to(folder).as_posix()
    if _check_kind(folder, path):
        raise file_error("a folder stands in the place of a file", folder, NOT_TRUSTED, name)
    try:
        archive.write(path, name)
    except UnicodeEncodeError as error:
        what = f"the name of a file is no text: {name!r:.80}"
        raise file_error(what, folder, NOT_TRUSTED) from error


def _check_kind(folder: Path, path: Path) -> bool:
    """Tell whether this is a folder, and refuse what is neither folder nor regular file."""
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        name = path.relative_to(folder).as_posix()
        raise file_error("a file of the model is no regular file", folder, NOT_TRUSTED, name)
    return stat.S_ISDIR(mode)
