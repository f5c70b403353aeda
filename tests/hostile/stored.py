"""Hostile weights: HDF5 and NumPy archives with a good configuration."""

from __future__ import annotations

import io
import pickle
import random
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import h5py
import numpy as np
from hostile.files import GOOD, File, Targets, keras_file, members, packed, weights


def files(targets: Targets) -> Iterator[File]:
    """Give every file with hostile weights."""
    for name, change in (*_links(targets), *_objects(), *_arrays(targets)):
        yield File(f"weights: {name}", keras_file(stored=weights(change)))
    for name, kernel in _kernels():
        yield File(f"kernel: {name}", keras_file(stored=weights(kernel=kernel)))
    yield from _broken()
    yield from _numpy()


def slow_files(_: Targets) -> Iterator[File]:
    """Give the weights that take long to make."""

    def crowd(file: h5py.File) -> None:
        for number in range(60_000):
            file.create_group(f"layers/{number}")

    yield File("weights: 60,000 groups", keras_file(stored=weights(crowd)))
    deep = weights(lambda file: file.create_group("/".join(["d"] * 3000)))
    yield File("weights: deeper", keras_file(stored=deep))


def _links(targets: Targets) -> Iterator[tuple[str, Callable[[h5py.File], Any]]]:
    def put(place: str, item: Any) -> Callable[[h5py.File], Any]:
        return lambda file: file.__setitem__(place, item)

    def hard(place: str, of: str) -> Callable[[h5py.File], Any]:
        return lambda file: file.__setitem__(place, file[of])

    for place in ("layers/loop", "layers/dense/vars/loop", "layers/input_layer", "vars/loop"):
        yield f"{place} is the root", hard(place, "/")
    yield "a layer is its parent", hard("layers/dense/again", "layers")
    yield "an array twice", hard("layers/dense/vars/2", "layers/dense/vars/0")
    yield "a group twice", hard("layers/dense_1", "layers/dense")
    yield "soft link", put("layers/dense_1", h5py.SoftLink("/layers/dense"))
    yield "soft link to nothing", put("layers/x", h5py.SoftLink("/nowhere"))
    yield "soft link to itself", put("layers/x", h5py.SoftLink("/layers/x"))
    for place in (targets.secret.with_suffix(".h5"), targets.written, "."):
        link = h5py.ExternalLink(str(place), "/data")
        yield f"external link {len(str(place))}", put("layers/x", link)

    def doubled(file: h5py.File) -> None:
        group = file
        for _ in range(40):
            group["b"] = group.create_group("a")
            group = group["a"]

    def ring(file: h5py.File) -> None:
        file["layers/a/b/c/d"] = file["layers"]

    yield "40 groups, each twice", doubled
    yield "a ring", lambda file: (file.create_group("layers/a/b/c"), ring(file))


def _objects() -> Iterator[tuple[str, Callable[[h5py.File], Any]]]:
    yield "deep", lambda file: file.create_group("/".join(["d"] * 300))
    yield "a named type", lambda file: file.__setitem__("layers/t", np.dtype("f4"))
    yield (
        "a named type for a layer",
        lambda file: file.__setitem__("layers/dense_1", np.dtype("f4")),
    )
    yield "a named type in vars", lambda file: file.__setitem__("vars/0", np.dtype("f4"))
    names = {"no UTF-8": b"\xff\xfe", "controls": b"\x1b[31m", "newline": b"a\nb", "dots": b".x."}
    for name, raw in names.items():
        yield f"group of name {name}", lambda file, raw=raw: h5py.h5g.create(file.id, raw)
    yield "long name", lambda file: file.create_group("layers/" + "n" * 60_000)
    yield "array for a group", lambda file: file.__setitem__("layers/input_layer", np.ones(3))
    yield (
        "more variables",
        lambda file: [
            file.__setitem__(f"layers/dense/vars/{n}", np.ones(3)) for n in range(2, 200)
        ],
    )


def _arrays(targets: Targets) -> Iterator[tuple[str, Callable[[h5py.File], Any]]]:
    def make(
        shape: tuple[int, ...], dtype: Any = "f4", place: str = "layers/dense/vars/2", **kwargs: Any
    ) -> Callable[[h5py.File], Any]:
        return lambda file: file.create_dataset(place, shape, dtype, **kwargs)

    yield "shape bomb", make((10**12,), chunks=(1024,))
    yield "shape bomb of rank 32", make((2**20, *(1,) * 30, 2**20), chunks=(1,) * 32)
    yield "late shape bomb", make((10**10,), "u1")
    yield "chunk bomb", make((3,), chunks=(2**28,), maxshape=(None,))
    yield "gzip bomb", make((2**27,), "u1", chunks=(2**20,), compression="gzip", fillvalue=7)
    yield "external", make((4,), "u1", external=[(str(targets.secret), 0, 4)])
    yield "external to be made", make((4,), "u1", external=[(str(targets.written), 0, 4)])

    def virtual(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((4,), "u1")
        layout[:] = h5py.VirtualSource(str(targets.secret.with_suffix(".h5")), "data", (4,))
        file.create_virtual_dataset("layers/dense/vars/2", layout)

    def own_filter(file: h5py.File) -> None:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((4,))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple((4,))
        h5py.h5d.create(file["layers"].id, b"x", h5py.h5t.NATIVE_FLOAT, space, plist)

    yield "virtual", virtual
    yield "a filter of others", own_filter
    yield "words", lambda file: file.__setitem__("layers/words", ["a", "b"])
    yield "references", lambda file: file.create_dataset("layers/r", (3,), h5py.ref_dtype)
    yield (
        "region references",
        lambda file: file.create_dataset("layers/r", (3,), h5py.regionref_dtype),
    )
    yield "records", make((3,), [("a", "f4"), ("b", "i4")], "layers/r")
    yield "arrays of arrays", make((3,), np.dtype(("f4", (1000, 1000))), "layers/r")
    yield "wide text", make((3,), "S1000000000", "layers/r")
    yield "no space", lambda file: file.__setitem__("layers/r", h5py.Empty("f4"))


def _kernels() -> Iterator[tuple[str, Any]]:
    yield "turned", np.ones((2, 3), "float32")
    yield "flat", np.ones(6, "float32")
    yield "scalar", np.float32(1)
    yield "empty", np.ones((0, 2), "float32")
    yield "complex", np.ones((3, 2), "complex64")
    yield "words", np.full((3, 2), b"x")
    yield "no numbers", np.full((3, 2), np.nan, "float32")
    yield "void", np.zeros((3, 2), "V4")
    yield "booleans", np.zeros((3, 2), bool)
    yield "of a row more", np.ones((4, 2), "float32")


def _broken() -> Iterator[File]:
    good = weights()
    yield File("weights: none", keras_file(stored=weights(plain=False)))
    yield File("weights: no file", keras_file(stored=b""))
    yield File("weights: a pickle", keras_file(stored=pickle.dumps([1])))
    for part in range(1, 10):
        yield File(f"weights cut {part}", keras_file(stored=good[: len(good) * part // 10]))
    draw = random.Random(20)  # noqa: S311 - the same on every run
    for number in range(60):
        content = bytearray(good)
        for _ in range(1 + number % 5):
            content[draw.randrange(len(content))] = draw.choice((0, 1, 0x7F, 0x80, 0xFF))
        yield File(f"weights flipped {number}", keras_file(stored=bytes(content)))


def _npy(array: Any, **header: Any) -> bytes:
    content = io.BytesIO()
    if header:
        np.lib.format.write_array_header_1_0(content, header)
        return content.getvalue() + array
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


def _npz(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return packed([(f"{name}.npy", data) for name, data in entries.items()], method)


def _numpy() -> Iterator[File]:
    plain = {"descr": "<f4", "fortran_order": False}
    objects = np.array({"a": 1}, dtype=object)
    archives = {
        "pickle": _npz({"layers/dense": _npy(objects)}),
        "shape bomb": _npz({"layers/dense": _npy(b"", shape=(10**12,), **plain)}),
        "shape of words": _npz({"a": _npy(b"", shape=("x",), **plain)}),
        "negative shape": _npz({"a": _npy(b"abcd", shape=(-1,), **plain)}),
        "unpacks": _npz({f"a{n}": _npy(np.zeros(10**6, "i1")) for n in range(30)}),
        "code for a type": _npz({"a": b"\x93NUMPY\x01\x00\x20\x00{'descr': __import__('os')}\n"}),
        "deep header": _npz({"a": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535}),
        "long header": _npz({"a": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + b"{" * 1000}),
        "version 9": _npz({"a": b"\x93NUMPY\x09\x00" + bytes(100)}),
        "no array": _npz({"a": b"hello"}),
        "no archive": _npy(b"", shape=(10**12,), **plain),
        "plain": _npz({"layers/dense/vars/0": _npy(np.ones((3, 2), "f4"))}),
        "root": _npz({"__root__": _npy(np.ones(3))}),
        "empty": _npz({}),
        "cut": _npz({"a": _npy(np.ones(100))})[:-30],
        "a pickle itself": pickle.dumps([1]),
    }
    for name, content in archives.items():
        entries = [entry for entry in members(GOOD) if entry[0] != "model.weights.h5"]
        yield File(f"npz: {name}", packed([*entries, ("model.weights.npz", content)]))
    both = members(GOOD, **{"model.weights.npz": archives["pickle"]})
    yield File("npz beside HDF5", packed(both))
    yield File("npz named HDF5", keras_file(stored=archives["plain"]))
