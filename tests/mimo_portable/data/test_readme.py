"""The examples of mimo_portable/data/README.md do what the text beside them says."""

import re
from pathlib import Path

import pytest

from mimo_portable import data

README = Path(data.__file__).parent / "README.md"


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def test_the_npz_example_loads(tmp_path, monkeypatch, medical):
    monkeypatch.chdir(tmp_path)
    exec(_blocks("python")[0], {})  # noqa: S102 (the README's own example)
    made = data.load(medical, "mine.npz")
    assert [len(p) for p in (made.train, made.validation, made.test)] == [24, 8, 8]


def test_the_parquet_example_loads(tmp_path, monkeypatch, forecast):
    pytest.importorskip("pyarrow", reason="pyarrow writes Parquet files")
    monkeypatch.chdir(tmp_path)
    exec(_blocks("python")[1], {})  # noqa: S102 (the README's own example)
    made = data.load(forecast, "mine.parquet")
    assert [len(p) for p in (made.train, made.validation, made.test)] == [530, 35, 135]
    assert made.train.targets["output_3"][0, 0] - made.train.inputs["series"][0, -1, 0] == 48


def test_the_csv_example_loads(tmp_path, sentiment):
    image = pytest.importorskip("PIL.Image", reason="Pillow reads pictures")
    (tmp_path / "pictures").mkdir()
    image.new("RGB", (4, 4)).save(tmp_path / "pictures" / "a.png")
    image.new("RGB", (4, 4)).save(tmp_path / "pictures" / "b.jpg")
    rows = _blocks("csv")[0] + "pictures/a.png,Fine,positive,validation\n"
    (tmp_path / "a.csv").write_text(rows)
    made = data.load(sentiment, tmp_path / "a.csv")
    assert [len(p) for p in (made.train, made.validation, made.test)] == [1, 1, 1]
    assert made.train.targets["sentiment"].tolist() == [[1.0]]
