from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimo_export.errors import InputError
from mimo_portable.cli._arrays import read_inputs, read_npz, write_npz

HELP = "save it with numpy.save (or numpy.savez) as numbers, not as objects"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.save(tmp_path / "x.npy", np.arange(3))
    np.savez(tmp_path / "both.npz", y=np.ones(2, "float32"), z=np.zeros((1, 2), "int32"))
    np.save(tmp_path / "objects.npy", np.array([{"evil": 1}]), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", o=np.array([{"evil": 1}]))
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "empty.npy").touch()
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as archive:
        archive.writestr("readme.txt", "no array")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_named_files_and_archives_of_arrays_come_together() -> None:
    arrays = read_inputs(["x=x.npy", "both.npz"])
    assert {name: (a.shape, str(a.dtype)) for name, a in arrays.items()} == {
        "x": ((3,), "int64"),
        "y": ((2,), "float32"),
        "z": ((1, 2), "int32"),
    }


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["x=none.npy"], "there is no such file\n  where:  none.npy\n  remedy: check the path"),
        (
            ["x.npy"],
            "one array without a name\n  where:  x.npy\n"
            "  remedy: say which input it is: --input name=file.npy",
        ),
        (
            ["x=both.npz"],
            "several arrays where one is expected\n  where:  both.npz\n"
            "  remedy: give the .npz file by itself: --input file.npz",
        ),
        (
            ["both.npz", "y=x.npy"],
            "the input 'y' is given twice\n  where:  --input y=x.npy\n"
            "  remedy: give every input once",
        ),
        *(
            (
                [f"x={name}.npy"],
                "not a NumPy file of numbers, or one that is cut short\n"
                f"  where:  {name}.npy\n  remedy: {HELP}",
            )
            for name in ("text", "empty", "objects")
        ),
        (
            ["objects.npz"],
            "Object arrays cannot be loaded when allow_pickle=False\n"
            f"  where:  objects.npz\n  remedy: {HELP}",
        ),
        (
            ["zip.npz"],
            "a zip archive with 'readme.txt', which is no array\n"
            f"  where:  zip.npz\n  remedy: {HELP}",
        ),
    ],
)
def test_what_is_no_input_is_refused(words: list[str], text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_inputs(words)
    assert str(caught.value) == text


def test_written_arrays_are_read_back_even_under_numpy_s_own_names(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"file": np.arange(4), "a/b": np.ones((2, 0), "float32")}
    write_npz(tmp_path / "out.npz", arrays)
    back = read_npz(tmp_path / "out.npz")
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out.npz"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_npz(path, {"x": np.array([{}])})
    assert path.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.npz"]
