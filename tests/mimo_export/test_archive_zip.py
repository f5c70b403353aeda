from __future__ import annotations

import os
import stat
import warnings
import zipfile
from pathlib import Path

import pytest

from mimo_export.archive import check_archive
from mimo_export.errors import ModelFileError

COPY_AGAIN = (
    "copy or download the file again; "
    "save the model again with `model.save('name.keras')` from Keras 3"
)
NOT_TRUSTED = "do not load this file; ask whoever made it for one that Keras itself has saved"


def refused(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        check_archive(path)
    return str(caught.value)


def block(what: str, where: object, remedy: str) -> str:
    return f"{what}\n  where:  {where}\n  remedy: {remedy}"


@pytest.fixture
def target(keras_file: Path, tmp_path: Path) -> Path:
    """Give a copy of a good file, to be made a bad one."""
    path = tmp_path / "bad.keras"
    path.write_bytes(keras_file.read_bytes())
    return path


def added(path: Path, name: str, content: bytes = b"evil", method: int = zipfile.ZIP_STORED) -> int:
    """Add a member, and return where its content starts."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a", method) as archive:
        warnings.simplefilter("ignore")  # zipfile's, of a name that comes twice
        archive.writestr(name, content)
        start = archive.getinfo(name).header_offset
    return start + 30 + len(name.encode())


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (".", "has the name of no file"),
        ("./", "has the name of no file"),
        ("./config.json", "appears twice"),
        ("../x", "would be written outside of its folder"),
        ("a" * 256, "has a name of more than 255 bytes"),
        ("assets/\x1b[2J", "has a name with control characters"),
        ("a/" * 101 + "x", "lies in more than 100 folders"),
        ("config.json/x", "lies inside of a file"),
    ],
)
def test_a_member_s_name_is_one_of_a_file_of_its_own(target: Path, name: str, problem: str) -> None:
    added(target, name)
    what = f"a member of the zip archive {problem}"
    assert refused(target) == block(what, f"{name!r} in {target}", NOT_TRUSTED)


def test_a_device_or_pipe_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "pipe.keras"
    os.mkfifo(path)
    what, remedy = "this is no regular file", "name a .keras file on a disk"
    assert refused(path) == block(what, path, remedy)


def test_a_name_flagged_utf_8_that_is_not_is_damage(target: Path) -> None:
    added(target, "assets/ö", b"")
    target.write_bytes(target.read_bytes().replace("ö".encode(), b"\xff\xfe"))
    message = refused(target)
    assert message.startswith("the zip archive is damaged: 'utf-8' codec can't decode byte 0xff")
    assert message.endswith(f"\n  where:  {target}\n  remedy: {COPY_AGAIN}")


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (zipfile.ZIP_STORED, "Bad CRC-32 for file 'assets/words'"),
        (zipfile.ZIP_DEFLATED, "Error -3 while decompressing data: invalid"),
        (zipfile.ZIP_BZIP2, "Invalid data stream"),
        (zipfile.ZIP_LZMA, ""),
    ],
)
def test_a_damaged_member_is_found_before_keras_opens_it(
    target: Path, method: int, reason: str
) -> None:
    start = added(target, "assets/words", b"one two three " * 100, method)
    content = bytearray(target.read_bytes())
    content[start + 4 : start + 20] = b"\xff" * 16
    target.write_bytes(content)
    message = refused(target)
    assert message.startswith(f"the zip archive is damaged: {reason}")
    assert message.endswith(f"\n  where:  {target}\n  remedy: {COPY_AGAIN}")


def test_a_compression_that_python_does_not_know_is_named(target: Path) -> None:
    added(target, "assets/words")
    content = bytearray(target.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 10] = 93
    target.write_bytes(content)
    assert refused(target) == block(
        "a member of the zip archive is packed by method 93, which is none of Python's",
        f"'assets/words' in {target}",
        NOT_TRUSTED,
    )


def test_a_folder_is_an_ordinary_member(target: Path) -> None:
    folder = zipfile.ZipInfo("assets/")
    folder.external_attr = (stat.S_IFDIR | 0o755) << 16
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(folder, b"")
        archive.writestr("assets/words", b"one\ntwo")
    check_archive(target)
