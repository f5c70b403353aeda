"""Read a `.keras` file that a stranger may have made.

Loading a model runs what its configuration names, and Keras's guards have been passed before:
through `Lambda`, through layers that open a file the configuration names, through links inside the
HDF5 file. So the file is checked first, by rules that list what is allowed, and only then does
Keras see it, with `safe_mode=True`:

1. the zip: its members' number, names, kinds, sizes and compression (`check_zip`);
2. the configuration: every class it names (`mimo_export.archive_config`);
3. the weights: no link or data outside the file, no array larger than what is stored.

What a person registered with `keras.saving` is his own code, and is trusted.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from mimo_export.archive_config import check_config
from mimo_export.errors import ModelFileError
from mimo_export.keras_errors import keras_errors

if TYPE_CHECKING:
    import h5py
    import keras

CONFIG, METADATA = "config.json", "metadata.json"
WEIGHTS_H5, WEIGHTS_NPZ = "model.weights.h5", "model.weights.npz"

_MAX_MEMBERS = 10_000
_MAX_CONFIG_BYTES = 64 * 2**20
# Keras stores its members uncompressed; a file that a person packed again still stays under this.
_MAX_EXPANSION = 100
_EXPANSION_FLOOR = 2**20

_SAVE_AGAIN = "save the model again with `model.save('name.keras')` from Keras 3"
_COPY_AGAIN = "copy or download the file again; " + _SAVE_AGAIN
_NOT_TRUSTED = "do not load this file; ask whoever made it for one that Keras itself has saved"

_SIGNATURES = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (the format of Keras 2)"),
    (b"\x80\x02", "a Python pickle, which may run any code when it is read"),
    (b"\x80\x03", "a Python pickle, which may run any code when it is read"),
    (b"\x80\x04", "a Python pickle, which may run any code when it is read"),
    (b"\x80\x05", "a Python pickle, which may run any code when it is read"),
)


def load_keras(path: str | Path) -> keras.Model:
    """Check a `.keras` file and load it with this process's backend, without its compile state.

    Raises:
        ModelFileError: The file is missing, damaged, no Keras model, or asks for what is not
        allowed.
    """
    # They start a backend, which checking alone does not need.
    import keras  # noqa: PLC0415

    from mimo_export.keras_model.filed_names import names_of_the_file  # noqa: PLC0415

    path = Path(path)
    check_archive(path)
    causes: tuple[type[Exception], ...] = (*keras_errors(), UserWarning)
    try:
        with warnings.catch_warnings(), names_of_the_file() as names:
            # Keras goes on with random weights here; a model that is exported must not have them.
            warnings.filterwarnings("error", message="Skipping nested container")
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
            names.name_the_rest(model)
            return model
    except causes as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise _error(f"Keras cannot load the model: {lines[0]}", path, _SAVE_AGAIN) from error


def check_archive(path: str | Path) -> None:
    """Refuse a `.keras` file that is damaged, or that asks for more than layers and numbers.

    Raises:
        ModelFileError: Says what was found, in which member, and what to do.
    """
    path = Path(path)
    _check_is_zip(path)
    try:
        with zipfile.ZipFile(path) as archive:
            check_zip(archive, path)
            check_config(_read_config(archive, path), path)
            _check_weights(archive, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _error(f"the zip archive is damaged: {error}", path, _COPY_AGAIN) from error


def _error(what: str, path: Path, remedy: str, member: str = "") -> ModelFileError:
    where = f"'{member}' in {path}" if member else str(path)
    return ModelFileError(what, where=where, remedy=remedy)


def _check_is_zip(path: Path) -> None:
    if not path.exists():
        raise _error("there is no such file", path, "check the path")
    if path.is_dir():
        raise _error(
            "this is a folder, not a .keras file", path, "name the .keras file that is inside it"
        )
    with path.open("rb") as file:
        head = file.read(8)
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            raise _error(f"not a .keras file but {name}", path, _SAVE_AGAIN)
    if not head.startswith(b"PK"):
        raise _error("not a .keras file: it is no zip archive", path, _SAVE_AGAIN)
    if not zipfile.is_zipfile(path):
        raise _error("the file is cut short: its zip archive has no end", path, _COPY_AGAIN)
    if path.suffix != ".keras":
        raise _error("the name of a Keras model ends in .keras", path, "rename the file")


def check_zip(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse an archive whose members would leave a folder, fill a disk, or hide one another.

    Raises:
        ModelFileError: Says which member and why.
    """
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        what = f"the zip archive has {len(members):,} members, more than {_MAX_MEMBERS:,}"
        raise _error(what, path, _NOT_TRUSTED)
    seen: set[str] = set()
    for member in members:
        problem = _member_problem(member)
        if member.filename in seen:
            problem = "appears twice"
        if problem:
            raise _error(
                f"a member of the zip archive {problem}", path, _NOT_TRUSTED, member.filename
            )
        seen.add(member.filename)
    total, stored = sum(member.file_size for member in members), path.stat().st_size
    if _expands_too_much(total, stored):
        what = f"the zip archive unpacks to {total:,} bytes from {stored:,}"
        raise _error(what, path, _NOT_TRUSTED)
    if CONFIG not in seen or not seen & {WEIGHTS_H5, WEIGHTS_NPZ}:
        missing = CONFIG if CONFIG not in seen else WEIGHTS_H5
        raise _error(f"not a Keras model: there is no {missing} in it", path, _SAVE_AGAIN)


def _member_problem(member: zipfile.ZipInfo) -> str:
    """Return what is wrong with one member, or nothing."""
    name = PurePosixPath(member.filename)
    kind = member.external_attr >> 28  # the upper bits of a Unix mode; 0 where there is none
    if name.is_absolute() or ".." in name.parts or "\\" in member.filename or ":" in name.parts[0]:
        return "would be written outside of its folder"
    if kind not in {0, 0o4, 0o10}:
        return "is no regular file"
    if member.flag_bits & 0x1:
        return "is encrypted"
    if _expands_too_much(member.file_size, member.compress_size):
        return f"unpacks to {member.file_size:,} bytes from {member.compress_size:,}"
    return ""


def _expands_too_much(size: int, stored: int) -> bool:
    return size > _EXPANSION_FLOOR and size > _MAX_EXPANSION * stored


def _read_config(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    size = archive.getinfo(CONFIG).file_size
    if size > _MAX_CONFIG_BYTES:
        what = f"the configuration has {size:,} bytes, more than {_MAX_CONFIG_BYTES:,}"
        raise _error(what, path, _NOT_TRUSTED, CONFIG)
    try:
        config = json.loads(archive.read(CONFIG))
    except (ValueError, RecursionError) as error:
        what = f"the configuration is no JSON: {error}"
        raise _error(what, path, _SAVE_AGAIN, CONFIG) from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise _error("the configuration describes no model", path, _SAVE_AGAIN, CONFIG)
    # Loss, optimizer and metrics are not loaded, so whatever classes they have do not matter.
    return {**config, "compile_config": None}


def _check_weights(archive: zipfile.ZipFile, path: Path) -> None:
    if WEIGHTS_H5 not in archive.namelist():
        return  # NumPy's reader takes no pickles unless it is told to, and Keras does not tell it
    import h5py  # noqa: PLC0415 - a dependency of Keras that only this check needs

    # HDF5 jumps about in its file, which a zip member is slow at.
    with tempfile.TemporaryFile() as copy:
        with archive.open(WEIGHTS_H5) as member:
            shutil.copyfileobj(member, copy, 2**20)
        try:
            _check_h5(h5py, copy, path)
        except (OSError, RuntimeError, KeyError, ValueError) as error:
            what = f"the weights are no readable HDF5 file: {error}"
            raise _error(what, path, _COPY_AGAIN, WEIGHTS_H5) from error


def _check_h5(h5: Any, file: IO[bytes], path: Path) -> None:
    stored = file.seek(0, 2)
    declared = 0
    with h5.File(file, "r") as weights:
        groups: list[h5py.Group] = [weights]
        while groups:
            group = groups.pop()
            for name in group:
                link = group.get(name, getlink=True)
                where = f"{group.name.rstrip('/')}/{name}"
                if not isinstance(link, h5.HardLink):
                    _refuse_weights(f"'{where}' is a link to another place or file", path)
                item = group[name]
                if isinstance(item, h5.Group):
                    groups.append(item)
                    continue
                if item.external or item.is_virtual:
                    _refuse_weights(f"'{where}' keeps its numbers in another file", path)
                declared += item.nbytes
                if _expands_too_much(declared, stored):
                    what = (
                        f"'{where}' declares arrays of {declared:,} bytes in a file of {stored:,}"
                    )
                    _refuse_weights(what, path)


def _refuse_weights(what: str, path: Path) -> None:
    raise _error(f"in the weights, {what}", path, _NOT_TRUSTED, WEIGHTS_H5)
