import sys

import numpy as np
import pytest

from mimo_portable.data import tables
from mimo_portable.data.errors import DataError


def _error(path):
    with pytest.raises(DataError) as caught:
        tables.read(path)
    return str(caught.value)


def test_npz_csv_and_parquet_give_the_same_columns(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow reads Parquet files")
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow reads Parquet files")
    np.savez(tmp_path / "a.npz", x=np.array([1.0, 2.0]))
    (tmp_path / "a.csv").write_text("\ufeffx,y[0],y[1]\n1,3,4\n2,5,6\n", "utf-8")
    parquet.write_table(pyarrow.table({"x": [1.0, 2.0], "y": [[3], [5]]}), tmp_path / "a.parquet")
    npz, csv, arrow = (tables.read(tmp_path / f"a.{kind}") for kind in ("npz", "csv", "parquet"))
    assert npz.rows == csv.rows == arrow.rows == 2
    assert npz.columns["x"].tolist() == arrow.columns["x"] == [1.0, 2.0]
    assert csv.columns == {"x": ["1", "2"], "y": [["3", "4"], ["5", "6"]]}
    assert arrow.columns["y"] == [[3], [5]]


def test_an_unknown_ending_is_named(tmp_path):
    path = tmp_path / "a.xls"
    assert _error(path) == (
        "files ending in '.xls' are not read\n"
        f"  where:  {path}\n"
        "  remedy: give an .npz, .parquet or .csv file, or a folder with the real sets"
    )


@pytest.mark.parametrize(
    ("ending", "kind"), [("npz", ".npz"), ("parquet", "Parquet"), ("csv", "CSV")]
)
@pytest.mark.parametrize("content", [b"\xff\xfe\x00 no such thing", b"PK\x03\x04torn"])
def test_a_damaged_file_is_an_error_of_three_lines(tmp_path, ending, kind, content):
    if ending == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow reads Parquet files")
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content if ending != "csv" else b'x\n"torn')
    message = _error(path)
    assert message.startswith(f"not a readable {kind} file: ")
    assert f"\n  where:  {path}\n  remedy: write the file again; mimo_portable/data/" in message


def test_a_pickle_in_an_npz_is_not_run(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{}], object))
    assert "Object arrays cannot be loaded when allow_pickle=False" in _error(tmp_path / "a.npz")


@pytest.mark.parametrize("content", ["", "x,y\n"])
def test_a_file_without_samples_is_named(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert _error(path) == (
        "the file holds no samples\n"
        f"  where:  {path}\n"
        "  remedy: give one row per sample, under the names of the model's inputs and outputs"
    )


def test_columns_of_different_length_are_named(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(3), y=np.zeros(2))
    assert _error(path) == (
        "the columns differ in length: 'x' 3, 'y' 2\n"
        f"  where:  {path}\n"
        "  remedy: give each array one row per sample"
    )


def test_a_single_value_in_an_npz_is_named(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.float32(3))
    assert _error(path).startswith(
        f"a single value, expected an array with one row per sample\n  where:  {path}, column 'x'"
    )


def test_a_row_with_too_many_cells_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,text\n1,ok\n2,so, so\n")
    assert _error(path) == (
        "3 cells, expected 2 as in the first line\n"
        f"  where:  {path}, row 2\n"
        '  remedy: put texts with commas between double quotes: "so, so"'
    )


def test_a_gap_in_numbered_columns_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x[0],x[2]\n1,2\n")
    assert _error(path).startswith("column 'x[1]' is missing, but 'x[2]' is there\n")


def test_without_pyarrow_the_command_that_installs_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "a.parquet"
    path.touch()
    message = _error(path)
    assert message.startswith("the package pyarrow is needed for this and is not installed\n")
    assert message.endswith("  remedy: run: pip install 'mimo-portable[data]'")
