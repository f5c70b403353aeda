"""Check the zip archive of a `.keras` file: its members, and every byte of them.

Keras opens members one by one, and takes assets out of the archive before it finds one damaged. So
each is read to its end here first, once.
"""

from __future__ import annotations

import contextlib
import errno
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from mimo_export.errors import ModelFileError

CONFIG = "config.json"
WEIGHTS_H5, WEIGHTS_NPZ = "model.weights.h5", "model.weights.npz"

SAVE_AGAIN = "save the model again with `model.save('name.keras')` from Keras 3"
COPY_AGAIN = "copy or download the file again; " + SAVE_AGAIN
NOT_TRUSTED = "do not load this file; ask whoever made it for one that Keras itself has saved"

_MAX_MEMBERS = 10_000
_MAX_NAME_BYTES = 255  # of a file's name on the usual systems
_MAX_FOLDERS = 100
# Keras stores its members uncompressed; a file that a person packed again still stays under this.
_MAX_EXPANSION = 100
_EXPANSION_FLOOR = 2**20
_COMPRESSIONS = frozenset(
    {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
)
_CHUNK = 2**20

_SIGNATURES = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (the format of Keras 2)"),
    (b"\x80\x02", "a Python pickle, which may run any code when it is read"),
    (b"\x80\x03", "a Python pickle, which may run any code when it is read"),
    (b"\x80\x04", "a Python pickle, which may run any code when it is read"),
    (b"\x80\x05", "a Python pickle, which may run any code when it is read"),
)


def file_error(what: str, path: Path, remedy: str, member: str = "") -> ModelFileError:
    """Return the error about a file, or about a member of it."""
    shown = member if member.isprintable() else repr(member)[1:-1]
    where = f"'{shown}' in {path}" if member else str(path)
    return ModelFileError(what, where=where, remedy=remedy)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Give the zip archive at a path, and call it damaged where reading in the block says so.

    Raises:
        ModelFileError: This is no zip archive, or a damaged one.
    """
    _check_is_zip(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (
        EOFError,
        MemoryError,  # the dictionary of an LZMA member may be declared as large as 4 GiB
        NotImplementedError,
        UnicodeDecodeError,
        lzma.LZMAError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        reason = str(error) or type(error).__name__
        raise file_error(f"the zip archive is damaged: {reason}", path, COPY_AGAIN) from error
    except OSError as error:
        if error.errno not in {None, errno.EINVAL}:
            raise  # the disk's, not the archive's, which may name a place before its beginning
        raise file_error(f"the zip archive is damaged: {error}", path, COPY_AGAIN) from error


def _check_is_zip(path: Path) -> None:
    if not path.exists():
        raise file_error("there is no such file", path, "check the path")
    if path.is_dir():
        raise file_error(
            "this is a folder, not a .keras file", path, "name the .keras file that is inside it"
        )
    if not path.is_file():
        raise file_error("this is no regular file", path, "name a .keras file on a disk")
    with path.open("rb") as file:
        head = file.read(8)
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            raise file_error(f"not a .keras file but {name}", path, SAVE_AGAIN)
    if not head.startswith(b"PK"):
        raise file_error("not a .keras file: it is no zip archive", path, SAVE_AGAIN)
    if not zipfile.is_zipfile(path):
        raise file_error("the file is cut short: its zip archive has no end", path, COPY_AGAIN)
    if path.suffix != ".keras":
        raise file_error("the name of a Keras model ends in .keras", path, "rename the file")


def check_zip(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse an archive whose members would leave a folder, fill a disk, or hide one another.

    Raises:
        ModelFileError: Says which member and why.
    """
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        what = f"the zip archive has {len(members):,} members, more than {_MAX_MEMBERS:,}"
        raise file_error(what, path, NOT_TRUSTED)
    # By the place that each would be written to: "./a" is another name of "a".
    places: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for member in members:
        place = PurePosixPath(member.filename)
        problem = _member_problem(member, place)
        if place in places:
            problem = "appears twice"
        if problem:
            what = f"a member of the zip archive {problem}"
            raise file_error(what, path, NOT_TRUSTED, member.filename)
        places[place] = member
    _check_folders(places, path)
    total, stored = sum(member.file_size for member in members), path.stat().st_size
    if expands_too_much(total, stored):
        what = f"the zip archive unpacks to {total:,} bytes from {stored:,}"
        raise file_error(what, path, NOT_TRUSTED)
    names = {member.filename for member in members}
    if CONFIG not in names or not names & {WEIGHTS_H5, WEIGHTS_NPZ}:
        missing = CONFIG if CONFIG not in names else WEIGHTS_H5
        raise file_error(f"not a Keras model: there is no {missing} in it", path, SAVE_AGAIN)


def _member_problem(member: zipfile.ZipInfo, place: PurePosixPath) -> str:
    """Return what is wrong with one member, or nothing."""
    name, kind = member.filename, member.external_attr >> 28  # of a Unix mode; 0 without one
    outside = name.startswith("/") or ".." in place.parts or "\\" in name
    outside = outside or ":" in name.partition("/")[0]
    problems = (
        ("has the name of no file", not place.parts),
        ("would be written outside of its folder", outside),
        (
            f"has a name of more than {_MAX_NAME_BYTES} bytes",
            any(len(part.encode()) > _MAX_NAME_BYTES for part in place.parts),
        ),
        (f"lies in more than {_MAX_FOLDERS} folders", len(place.parts) > _MAX_FOLDERS + 1),
        ("has a name with control characters", not name.isprintable()),
        ("is no regular file", kind not in {0, 0o4, 0o10}),
        ("is encrypted", bool(member.flag_bits & 0x1)),
        (
            f"is packed by method {member.compress_type}, which is none of Python's",
            member.compress_type not in _COMPRESSIONS,
        ),
        (
            f"unpacks to {member.file_size:,} bytes from {member.compress_size:,}",
            expands_too_much(member.file_size, member.compress_size),
        ),
    )
    return next((problem for problem, found in problems if found), "")


def _check_folders(places: Mapping[PurePosixPath, zipfile.ZipInfo], path: Path) -> None:
    """Refuse a member that lies inside of another one, which is a file."""
    for place, member in places.items():
        for folder in place.parents:
            if folder in places and not places[folder].is_dir():
                what = "a member of the zip archive lies inside of a file"
                raise file_error(what, path, NOT_TRUSTED, member.filename)


def expands_too_much(size: int, stored: int) -> bool:
    """Tell whether something is so much larger than what is stored that it was made to be."""
    return size > _EXPANSION_FLOOR and size > _MAX_EXPANSION * stored


def read_members(archive: zipfile.ZipFile, copies: Mapping[str, IO[bytes]]) -> None:
    """Read every member to its end, which compares its checksum, and copy some of them."""
    for member in archive.infolist():
        target = copies.get(member.filename)
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK):
                if target is not None:
                    target.write(chunk)
