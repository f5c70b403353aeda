from pathlib import Path

import numpy as np
import pytest

from mimo_portable.data import columns
from mimo_portable.data.errors import DataError
from mimo_portable.data.tables import Table
from mimo_portable.specs import OutputSpec, TensorSpec

X = TensorSpec("x", (1,))
VECTOR = TensorSpec("x", (2, 1))
CLASSES = OutputSpec("x", (3,), labels=("slow", "nearly normal", "fast"))
BINARY = OutputSpec("x", (1,), labels=("positive",))


def _table(column, folder="."):
    return Table(Path(folder) / "a.csv", {"x": column}, len(column))


def _error(read, spec, column):
    with pytest.raises(DataError) as caught:
        read(_table(column), spec)
    return str(caught.value)


@pytest.mark.parametrize(
    "column",
    [
        ["[1, 2]", "[3, 4]"],
        ["1 2", "3 4"],
        [["1", "2"], ["3", "4"]],
        [[1, 2], [3, 4]],
        [[[1], [2]], [[3], [4]]],
        np.array([[[1.0], [2.0]], [[3.0], [4.0]]]),
    ],
)
def test_every_way_to_write_a_vector_gives_the_same_array(column):
    values = columns.numbers(_table(column), VECTOR)
    assert values.dtype == np.float32
    assert values.tolist() == [[[1], [2]], [[3], [4]]]


@pytest.mark.parametrize("column", [["1", "2.5"], [1, 2.5], np.array([1, 2.5])])
def test_a_number_a_row_fits_shape_one(column):
    assert columns.numbers(_table(column), X).tolist() == [[1.0], [2.5]]


def test_uint8_stays_uint8():
    spec = TensorSpec("x", (2, 2, 3))
    assert columns.numbers(_table(np.zeros((4, 2, 2, 3), np.uint8)), spec).dtype == np.uint8


def test_nan_names_column_and_row():
    assert _error(columns.numbers, X, ["1", "nan", "2"]) == (
        "a value that is not finite (NaN or infinite), in 1 rows\n"
        "  where:  a.csv, column 'x', row 2\n"
        "  remedy: fill or drop such rows before training"
    )


def test_a_word_among_numbers_names_column_and_row():
    assert _error(columns.numbers, X, ["1", "high"]) == (
        "'high' is not a number or a list of numbers\n"
        "  where:  a.csv, column 'x', row 2\n"
        "  remedy: expected float32 of shape (1,); in CSV write a list as [1, 2, 3]"
    )


@pytest.mark.parametrize(
    ("column", "where"),
    [(["1 2", "1 2 3"], "column 'x', row 2"), (np.zeros((2, 3)), "column 'x'")],
)
def test_a_wrong_shape_names_got_and_expected(column, where):
    assert _error(columns.numbers, VECTOR, column) == (
        "shape (3,), expected (2, 1) for each row\n"
        f"  where:  a.csv, {where}\n"
        "  remedy: give each row as many numbers as the contract's shape holds"
    )


def test_rows_of_unequal_length_are_refused_where_the_contract_leaves_the_length_open():
    message = _error(columns.numbers, TensorSpec("x", (None,)), ["1 2", "1 2 3"])
    assert message.startswith("shape (3,), but (2,) in the rows before\n  where:  a.csv, column")


def test_a_wrong_dtype_is_named():
    assert _error(columns.numbers, X, np.array(["a", "b"])) == (
        "dtype <U1, expected float32\n"
        "  where:  a.csv, column 'x'\n"
        "  remedy: give an array of numbers"
    )


def test_a_fraction_is_no_token_id():
    message = _error(columns.numbers, TensorSpec("x", (2,), "int32"), ["[1, 2]", "[1, 2.5]"])
    assert message == (
        "a number with a fraction or out of range, expected int32\n"
        "  where:  a.csv, column 'x', row 2\n"
        "  remedy: give whole numbers"
    )


@pytest.mark.parametrize(
    "column",
    [
        ["fast", "slow", "nearly normal"],
        ["2", "0", "1"],
        [2, 0, 1],
        np.array([2, 0, 1]),
        np.array(["fast", "slow", "nearly normal"]),
        ["0 0 1", "1 0 0", "0 1 0"],
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
    ],
)
def test_classes_by_name_number_or_one_hot_give_the_same_array(column):
    values = columns.targets(_table(column), CLASSES)
    assert values.dtype == np.float32
    assert values.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("bad", ["quick", "3", 1.5, None])
def test_an_unknown_class_is_named(bad):
    assert _error(columns.targets, CLASSES, ["slow", bad]) == (
        f"unknown class {str(bad)!r}, expected 'slow', 'nearly normal', 'fast', or 0 to 2\n"
        "  where:  a.csv, column 'x', row 2\n"
        "  remedy: write each class as the contract calls it, or as its number"
    )


@pytest.mark.parametrize("column", [["positive", "negative"], ["1", "0"], [1, 0], [True, False]])
def test_a_label_or_its_number_gives_zero_and_one(column):
    assert columns.targets(_table(column), BINARY).tolist() == [[1.0], [0.0]]


def test_three_names_for_a_yes_or_no_are_refused():
    assert _error(columns.targets, BINARY, ["positive", "no", "nope"]) == (
        "classes 'no', 'nope', 'positive', expected 'positive' and one other name\n"
        "  where:  a.csv, column 'x'\n"
        "  remedy: write 'positive' or 1 where it is so, and one other name or 0 where it is not"
    )


def test_pictures_are_scaled_and_laid_on_white(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="Pillow reads pictures")
    image.new("RGB", (8, 4), (10, 20, 30)).save(tmp_path / "a.png")
    image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "b.png")
    image.new("L", (2, 2), 7).save(tmp_path / "c.png")
    spec = TensorSpec("x", (5, 6, 3))
    column = ["a.png", "b.png", "c.png"]
    assert columns.is_pictures(spec, column)
    values = columns.pictures(_table(column, tmp_path), spec)
    assert (values.shape, values.dtype) == ((3, 5, 6, 3), np.uint8)
    assert np.unique(values[0].reshape(-1, 3), axis=0).tolist() == [[10, 20, 30]]
    assert (values[1] == 255).all()
    assert (values[2] == 7).all()


def test_a_missing_picture_names_column_row_and_path(tmp_path):
    pytest.importorskip("PIL", reason="Pillow reads pictures")
    with pytest.raises(DataError) as caught:
        columns.pictures(_table(["a.png"], tmp_path), TensorSpec("x", (5, 6, 3)))
    assert str(caught.value) == (
        f"picture 'a.png' is not there: no file {tmp_path / 'a.png'}\n"
        f"  where:  {tmp_path / 'a.csv'}, column 'x', row 1\n"
        "  remedy: give paths of PNG or JPEG files, relative to the folder of the file"
    )


def test_a_torn_picture_is_named(tmp_path):
    pytest.importorskip("PIL", reason="Pillow reads pictures")
    (tmp_path / "a.png").write_bytes(b"\x89PNG torn")
    with pytest.raises(DataError, match=r"^picture 'a\.png' cannot be read\n"):
        columns.pictures(_table(["a.png"], tmp_path), TensorSpec("x", (5, 6, 3)))


def test_sentences_are_told_from_token_ids():
    spec = TensorSpec("x", (4,), "int32")
    assert columns.is_sentences(spec, ["one [two]", "[sic] three four"])
    assert not columns.is_sentences(spec, ["[1, 2, 3, 4]", "[2, 2, 3, 4]"])
    assert not columns.is_sentences(spec, [[1, 2, 3, 4]])
    assert not columns.is_sentences(TensorSpec("x", (4,)), ["1 2 3 4"])
