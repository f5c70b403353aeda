from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from mimo_export.archive import check_archive
from mimo_export.errors import ModelFileError

COPY_AGAIN = (
    "copy or download the file again; "
    "save the model again with `model.save('name.keras')` from Keras 3"
)
NOT_TRUSTED = "do not load this file; ask whoever made it for one that Keras itself has saved"
H5, NPZ = "model.weights.h5", "model.weights.npz"


def with_weights(source: Path, target: Path, member: str, content: bytes) -> Path:
    """Write a file that has other weights."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("config.json", old.read("config.json"))
        new.writestr(member, content)
    return target


def h5(change: Callable[[h5py.File], Any]) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["layers/dense/vars/0"] = np.ones((4, 3), "float32")
        change(file)
    return content.getvalue()


def refused(path: Path, member: str) -> str:
    """Return what was refused in the weights, and check the rest of the message."""
    with pytest.raises(ModelFileError) as caught:
        check_archive(path)
    assert caught.value.where == f"'{member}' in {path}"
    damaged = caught.value.what.startswith("the weights are no readable")
    assert caught.value.remedy == (COPY_AGAIN if damaged else NOT_TRUSTED)
    return caught.value.what.removeprefix("in the weights, ")


def _cycle(file: h5py.File) -> None:
    file["layers/loop"] = file["/"]


def _twice(file: h5py.File) -> None:
    group = file
    for _ in range(30):
        group.create_group("a")
        group["b"] = group["a"]
        group = group["a"]


def _deep(file: h5py.File) -> None:
    file.create_group("/".join(["d"] * 200))


def _named_type(file: h5py.File) -> None:
    file["layers/type"] = np.dtype("float32")


def _words(file: h5py.File) -> None:
    file["layers/words"] = ["one", "two"]


def _records(file: h5py.File) -> None:
    file["layers/records"] = np.zeros(3, [("a", "f4"), ("b", "i4")])


def _chunk(file: h5py.File) -> None:
    shape: dict[str, Any] = {"chunks": (2**28,), "maxshape": (None,)}
    file.create_dataset("layers/chunk", (3,), "f4", **shape)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_cycle, "'/layers/loop' is a second name of '/'"),
        (_twice, f"'{'/a' * 29}/b' is a second name of '{'/a' * 30}'"),
        (_deep, "groups lie in one another more than 100 deep"),
        (_named_type, "'/layers/type' is neither a group nor an array"),
        (_words, "'/layers/words' holds object, which are no numbers"),
        (_records, "'/layers/records' holds [('a', '<f4'), ('b', '<i4')], which are no numbers"),
    ],
)
def test_hdf5_that_keras_would_not_write_is_refused(
    keras_file: Path, tmp_path: Path, change: Callable[[h5py.File], Any], what: str
) -> None:
    path = with_weights(keras_file, tmp_path / "bad.keras", H5, h5(change))
    assert refused(path, H5) == what


def test_a_chunk_larger_than_its_array_counts_as_what_hdf5_makes_room_for(
    keras_file: Path, tmp_path: Path
) -> None:
    content = h5(_chunk)
    path = with_weights(keras_file, tmp_path / "bad.keras", H5, content)
    assert refused(path, H5) == (
        f"'/layers/chunk' declares arrays of {2**30:,} bytes in a file of {len(content):,}"
    )


def test_more_objects_than_any_model_has_are_refused(
    keras_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimo_export.archive_weights._MAX_OBJECTS", 20)
    content = h5(lambda file: [file.create_group(f"layers/g{n}") for n in range(20)])
    path = with_weights(keras_file, tmp_path / "bad.keras", H5, content)
    assert refused(path, H5) == "there are more than 20 groups and arrays"


def test_the_numbers_of_a_file_are_counted(keras_file: Path, model: keras.Model) -> None:
    assert check_archive(keras_file).numbers == sum(math.prod(w.shape) for w in model.weights)


def npy(array: Any) -> bytes:
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


def npz(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return content.getvalue()


def test_a_numpy_archive_s_numbers_are_counted(keras_file: Path, tmp_path: Path) -> None:
    content = npz(a=npy(np.zeros((4, 3))), b=npy(np.zeros(7, "int8")))
    path = with_weights(keras_file, tmp_path / "good.keras", NPZ, content)
    assert check_archive(path).numbers == 19


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (npy(np.zeros(10)), "the weights are no readable NumPy archive: File is not a zip file"),
        (
            npz(a=npy(np.array([{}], dtype=object))),
            "'a.npy' holds Python objects, which are read by running code",
        ),
        (npz(a=b"nothing"), "the weights are no readable NumPy archive: EOF: reading magic string"),
    ],
)
def test_a_numpy_archive_of_anything_but_arrays_is_refused(
    keras_file: Path, tmp_path: Path, content: bytes, what: str
) -> None:
    path = with_weights(keras_file, tmp_path / "bad.keras", NPZ, content)
    assert refused(path, NPZ).startswith(what)


def test_an_array_that_declares_more_than_it_holds_is_refused(
    keras_file: Path, tmp_path: Path
) -> None:
    lying = npy(np.zeros(3)).replace(b"(3,), }" + b" " * 11, b"(2000000000,), }  ")
    path = with_weights(keras_file, tmp_path / "bad.keras", NPZ, npz(a=lying))
    assert refused(path, NPZ) == "'a.npy' declares 16,000,000,000 bytes and holds 24"


def test_an_array_that_unpacks_to_a_thousand_times_its_size_is_refused(
    keras_file: Path, tmp_path: Path
) -> None:
    content = npz(a=npy(np.zeros(10_000_000, "int8")))
    path = with_weights(keras_file, tmp_path / "bad.keras", NPZ, content)
    assert refused(path, NPZ).startswith("'a.npy' unpacks to 10,000,128 bytes from ")
