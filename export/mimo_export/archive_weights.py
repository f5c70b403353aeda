"""Check the weights of a `.keras` file, and count the numbers that they hold.

HDF5 and NumPy both let a small file declare large arrays, and HDF5 lets one object have many names:
a group that contains itself would be walked for ever. Keras gives each object one name, and writes
numbers only, so that is what may be there.
"""

from __future__ import annotations

import math
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.lib import format as npy

from mimo_export.archive_zip import (
    COPY_AGAIN,
    NOT_TRUSTED,
    WEIGHTS_H5,
    WEIGHTS_NPZ,
    expands_too_much,
    file_error,
    read_members,
)

_MAX_OBJECTS = 50_000
_MAX_DEPTH = 100
_MAX_SECONDS = 60.0
_BUILT_IN_FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})  # of HDF5 itself, and h5py's LZF
_UNREADABLE = (
    ArithmeticError,
    EOFError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Stored:
    """How much the weights of a file hold.

    Attributes:
        numbers: In all their arrays together.
    """

    numbers: int


class _Refused(Exception):  # noqa: N818 - until the file's name is known
    """The weights are what no file of Keras's holds."""


class _Unreadable(Exception):  # noqa: N818 - until the file's name is known
    """The weights are damaged."""


def check_weights(archive: zipfile.ZipFile, path: Path) -> Stored:
    """Read all members of an archive, and refuse weights that are more, or other, than numbers.

    Raises:
        ModelFileError: Names the array or link.
    """
    member = WEIGHTS_H5 if WEIGHTS_H5 in archive.namelist() else WEIGHTS_NPZ
    # HDF5 jumps about in its file, which a zip member is slow at, and a Python file too.
    with tempfile.TemporaryDirectory(prefix="mimo-") as folder:
        copy = Path(folder) / "weights"
        with copy.open("wb") as file:
            read_members(archive, {member: file})
        try:
            return _check_h5(copy) if member == WEIGHTS_H5 else _check_npz(copy)
        except _Refused as error:
            what = f"in the weights, {error}"
            raise file_error(what, path, NOT_TRUSTED, member) from error
        except _Unreadable as error:
            raise file_error(f"the weights are {error}", path, COPY_AGAIN, member) from error


def _check_h5(copy: Path) -> Stored:
    import h5py  # noqa: PLC0415 - a dependency of Keras that only this check needs

    try:
        with h5py.File(copy, "r") as weights:
            walk = _Walk(h5py, weights, copy.stat().st_size)
            # HDF5's own walk: it enters each group once.
            if error := weights.id.links.visit(walk.visit, info=True):
                raise error
            return Stored(walk.numbers)
    except _UNREADABLE as error:
        raise _Unreadable(f"no readable HDF5 file: {_reason(error)}") from error


class _Walk:
    """What is known so far about an HDF5 file whose links are visited one by one."""

    def __init__(self, h5: Any, weights: Any, stored: int) -> None:
        self._h5, self._root, self._stored = h5, weights.id, stored
        self._names = {h5.h5o.get_info(weights.id).addr: "/"}
        self._declared, self._ends = 0, time.monotonic() + _MAX_SECONDS
        self.numbers = 0

    def visit(self, name: bytes, link: Any) -> Exception | None:
        """Return what ends the walk; h5py does not let an exception through."""
        try:
            self._take(name, link)
        except (_Refused, *_UNREADABLE) as error:
            return error
        return None

    def _take(self, name: bytes, link: Any) -> None:
        """Refuse one link, or what it leads to, where Keras would not have written it."""
        where = "/" + name.decode(errors="backslashreplace")
        if link.type != self._h5.h5l.TYPE_HARD:
            raise _Refused(f"{where!r} is a link to another place or file")
        info = self._h5.h5o.get_info(self._root, name)
        if info.addr in self._names:
            raise _Refused(f"{where!r} is a second name of {self._names[info.addr]!r}")
        self._names[info.addr] = where
        if len(self._names) > _MAX_OBJECTS:
            raise _Refused(f"there are more than {_MAX_OBJECTS:,} groups and arrays")
        if name.count(b"/") >= _MAX_DEPTH:
            raise _Refused(f"groups lie in one another more than {_MAX_DEPTH} deep")
        if time.monotonic() > self._ends:
            raise _Refused(f"it takes more than {_MAX_SECONDS:g} seconds to look at them")
        if info.type not in {self._h5.h5o.TYPE_GROUP, self._h5.h5o.TYPE_DATASET}:
            raise _Refused(f"{where!r} is neither a group nor an array")
        if info.type == self._h5.h5o.TYPE_DATASET:
            self._count(where, self._h5.h5o.open(self._root, name))

    def _count(self, where: str, array: Any) -> None:
        layout = array.get_create_plist()
        if layout.get_external_count() or layout.get_layout() == self._h5.h5d.VIRTUAL:
            raise _Refused(f"{where!r} keeps its numbers in another file")
        filters = (layout.get_filter(i)[0] for i in range(layout.get_nfilters()))
        if any(number not in _BUILT_IN_FILTERS for number in filters):
            raise _Refused(f"{where!r} is packed by a filter that HDF5 does not have itself")
        dtype = array.dtype
        if dtype.hasobject or dtype.fields or dtype.subdtype:
            raise _Refused(f"{where!r} holds {dtype}, which are no numbers")
        size = math.prod(array.shape or ())
        # HDF5 makes room for a whole chunk, however little of it is there.
        chunked = layout.get_layout() == self._h5.h5d.CHUNKED
        room = max(size, math.prod(layout.get_chunk())) if chunked else size
        self.numbers += size
        self._declared += room * dtype.itemsize
        if expands_too_much(self._declared, self._stored):
            raise _Refused(
                f"{where!r} declares arrays of {self._declared:,} bytes in a file of "
                f"{self._stored:,}"
            )


def _check_npz(copy: Path) -> Stored:
    try:
        with zipfile.ZipFile(copy) as arrays:
            if len(arrays.infolist()) > _MAX_OBJECTS:
                raise _Refused(f"there are more than {_MAX_OBJECTS:,} arrays")
            return Stored(sum(_npy_numbers(arrays, member) for member in arrays.infolist()))
    except (*_UNREADABLE, zipfile.BadZipFile) as error:
        raise _Unreadable(f"no readable NumPy archive: {_reason(error)}") from error


def _npy_numbers(arrays: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Return how many numbers one `.npy` member holds, from its header alone."""
    where = repr(member.filename)
    if expands_too_much(member.file_size, member.compress_size):
        raise _Refused(
            f"{where} unpacks to {member.file_size:,} bytes from {member.compress_size:,}"
        )
    with arrays.open(member) as file:
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in read_header:
            raise _Refused(f"{where} is written in version {version} of NumPy's format")
        shape, _, dtype = read_header[version](file)
        start = file.tell()
    if dtype.hasobject:
        raise _Refused(f"{where} holds Python objects, which are read by running code")
    declared = math.prod(shape) * dtype.itemsize
    if any(size < 0 for size in shape) or declared != member.file_size - start:
        raise _Refused(
            f"{where} declares {declared:,} bytes and holds {member.file_size - start:,}"
        )
    return math.prod(shape)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
