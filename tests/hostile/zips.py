"""Hostile zip archives: names, kinds, sizes, damage."""

from __future__ import annotations

import gzip
import pickle
import random
import stat
import zipfile
from collections.abc import Iterator

from hostile.files import CONFIG, METADATA, WEIGHTS, File, Targets, keras_file, members, packed

_CENTRAL, _LOCAL, _END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"
_METHODS = {"deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}


def files(targets: Targets) -> Iterator[File]:
    """Give every hostile archive."""
    yield from _named(targets)
    yield from _kinds(targets)
    yield from _no_archives()
    yield from _bombs()
    yield from _damaged()
    yield from _headers()


def slow_files(_: Targets) -> Iterator[File]:
    """Give the archives that take long to make."""
    crowd = [(f"assets/{number}", b"") for number in range(10_001)]
    yield File("crowd", packed([*members(), *crowd]))


def _named(targets: Targets) -> Iterator[File]:
    names = [
        *(".", "./", "..", "../x", "a/../../x", "/etc/cron.d/x", "//x", "C:/x", "C:x", "..\\x"),
        *("\\\\host\\x", "assets/../../x", "assets/./../../x", "assets/\n", "assets/\x1b[31m"),
        *("assets/\u202egnp.x", "a" * 256, "a" * 60_000, "assets/" + "b/" * 3000, "~/x", " "),
        *("config.json/x", "model.weights.h5/x", "assets/a:b", "con", "assets/\x85", "...", "-rf"),
    ]
    for number, name in enumerate((*names, str(targets.written), f"../../..{targets.written}")):
        yield File(f"name {number}", packed([*members(), (name, b"x"), ("assets/w", b"y")]))
    twice = [("assets/a", b"1"), ("assets//a", b"2"), ("assets/a/b", b"3")]
    yield File("name twice", packed([*members(), *twice[:2]]))
    yield File("name of a file and a folder", packed([*members(), twice[0], twice[2]]))
    for name in (CONFIG, WEIGHTS, METADATA):
        yield File(f"second {name}", packed([*members(), (f"./{name}", b"{}")]))
        without = [entry for entry in members() if entry[0] != name]
        yield File(f"other {name}", packed([*without, (f"./{name}", b"{}")]))


def _kinds(targets: Targets) -> Iterator[File]:
    kinds = (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK)
    for kind in kinds:
        info = zipfile.ZipInfo("assets/link")
        info.external_attr = (kind | 0o777) << 16
        target = str(targets.secret).encode()
        yield File(f"kind {kind:o}", packed([*members(), (info, target), ("assets/w", b"y")]))
    for name in (CONFIG, WEIGHTS):
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        others = [entry for entry in members() if entry[0] != name]
        yield File(f"link {name}", packed([*others, (info, str(targets.secret).encode())]))


class _Touch:
    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (self._path, "w")


def _no_archives() -> Iterator[File]:
    good = keras_file()
    for protocol in range(6):
        yield File(f"pickle {protocol}", pickle.dumps(_Touch("pickled"), protocol))
    yield File("pickle before a zip", pickle.dumps(_Touch("pickled"), 4) + good)
    texts = {"nothing": b"", "one byte": b"P", "two bytes": b"PK", "text": b"hello" * 100}
    others = {
        "elf": b"\x7fELF" + bytes(100),
        "gzip": gzip.compress(good, mtime=0),
        "nul": bytes(99),
    }
    ends = {"an end alone": _END + bytes(18), "header alone": _LOCAL + bytes(26)}
    for name, content in {**texts, **others, **ends}.items():
        yield File(f"no archive: {name}", content)
    yield File("archive in front", good + b"\0" * 70_000)
    yield File("two archives", good + keras_file(b"[]"))
    yield File("text before the archive", b"PK" + b"x" * 1000 + good)


def _bombs() -> Iterator[File]:
    zeros = bytes(2_000_000)
    for name, method in _METHODS.items():
        for member in ("assets/zeros", METADATA):
            entries = [entry for entry in members() if entry[0] != member]
            yield File(f"bomb {name} {member}", packed([*entries, (member, zeros)], method))
    for member in (CONFIG, WEIGHTS):
        entries = [entry for entry in members() if entry[0] != member]
        yield File(f"bomb {member}", packed([*entries, (member, zeros)], zipfile.ZIP_DEFLATED))
    many = [(f"assets/{number}", bytes(90_000)) for number in range(300)]
    yield File("bomb of many", packed([*members(), *many], zipfile.ZIP_DEFLATED))


def _damaged() -> Iterator[File]:
    good = keras_file(assets__words=b"one two three " * 50)
    for part in range(1, 12):
        yield File(f"cut {part}", good[: len(good) * part // 12])
    draw = random.Random(19)  # noqa: S311 - the same on every run
    for number in range(40):
        content = bytearray(good)
        for _ in range(1 + number % 4):
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        yield File(f"flipped {number}", bytes(content))
    for name, method in _METHODS.items():
        entries = [*members(), ("assets/words", b"one two three " * 50)]
        whole = packed(entries, method)
        for part in (3, 6, 9):
            content = bytearray(whole)
            place = len(content) * part // 12
            content[place : place + 8] = b"\xff" * 8
            yield File(f"damaged {name} {part}", bytes(content))
    for name in (CONFIG, WEIGHTS, METADATA, "assets/words"):
        content = bytearray(good)
        place = _central(content, name)
        content[place + 16] ^= 0xFF
        yield File(f"checksum {name}", bytes(content))


def _headers() -> Iterator[File]:
    good = keras_file(assets__words=b"one two three " * 50)
    fields = {
        **{f"method {method}": (10, 2, method) for method in (1, 6, 8, 9, 12, 14, 93, 99, 65535)},
        **{f"flags {flags}": (8, 2, flags) for flags in (1, 0x20, 0x40, 0x800, 0x2000, 0xFFFF)},
        **{f"packed {size}": (20, 4, size) for size in (0, 1, 2**31, 2**32 - 1)},
        **{f"size {size}": (24, 4, size) for size in (0, 1, 2**31, 2**32 - 1)},
        **{f"offset {place}": (42, 4, place) for place in (0, 7, 2**31, 2**32 - 1)},
        **{f"name length {size}": (28, 2, size) for size in (0, 1, 65535)},
        **{f"extra length {size}": (30, 2, size) for size in (1, 65535)},
    }
    for name, (start, size, value) in fields.items():
        for member in (WEIGHTS, "assets/words"):
            content = bytearray(good)
            place = _central(content, member) + start
            content[place : place + size] = value.to_bytes(size, "little")
            yield File(f"{name} of {member}", bytes(content))
    accented = packed([*members(), ("assets/ö", b"x"), ("assets/w", b"y")])
    umlaut = "ö".encode()
    yield File("no UTF-8", accented.replace(umlaut, b"\xff\xfe"))
    yield File("half a character", accented.replace(umlaut, b"\xed\xa0"))
    yield File("no UTF-8 in one place", accented.replace(umlaut, b"\xff\xfe", 1))
    end = good.rindex(_END)
    for start, size in ((8, 2), (10, 2), (12, 4), (16, 4), (20, 2)):
        content = bytearray(good)
        content[end + start : end + start + size] = b"\xff" * size
        yield File(f"end {start}", bytes(content))


def _central(content: bytes | bytearray, name: str) -> int:
    """Return where a member's entry begins in the directory at the end."""
    return content.rindex(_CENTRAL, 0, content.rindex(name.encode()))
