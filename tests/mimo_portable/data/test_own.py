import numpy as np
import pytest

from mimo_portable.data import own
from mimo_portable.data.errors import DataError
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec


def _medical_file(path, n=40, **more):
    rng = np.random.default_rng(0)
    np.savez(
        path,
        ecg_input=rng.normal(size=(n, 256, 1)),
        bp_input=np.arange(n, dtype=float) + 100,
        diagnosis_output=np.arange(n) % 3,
        risk_output=rng.uniform(size=n),
        **more,
    )
    return path


def _parts(data):
    return [
        part.inputs["bp_input"][:, 0] - 100 for part in (data.train, data.validation, data.test)
    ]


def _error(spec, path):
    with pytest.raises(DataError) as caught:
        own.load(spec, path, seed=0)
    return str(caught.value)


def test_an_npz_becomes_a_data_set_of_the_contract(tmp_path, medical):
    data = own.load(medical, _medical_file(tmp_path / "a.npz"), seed=0)
    assert (data.name, data.origin) == ("a.npz", "yours")
    assert [len(part) for part in _parts(data)] == [28, 6, 6]
    assert sorted(np.concatenate(_parts(data))) == list(range(40))
    assert data.train.targets["diagnosis_output"].shape == (28, 3)
    pressure = data.train.inputs["bp_input"].astype(np.float64)
    assert data.statistics == {"bp_mean": pressure.mean(), "bp_variance": pressure.var()}


def test_the_seed_decides_the_split(tmp_path, medical):
    path = _medical_file(tmp_path / "a.npz")
    first, again, other = (own.load(medical, path, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(_parts(first)[2], _parts(again)[2])
    assert _parts(first)[2].tolist() != _parts(other)[2].tolist()


def test_the_column_split_names_the_parts(tmp_path, medical):
    split = np.array(["train", "test", "validation", "train"] * 10)
    data = own.load(medical, _medical_file(tmp_path / "a.npz", split=split), seed=0)
    assert (_parts(data)[1] % 4 == 2).all()
    assert (_parts(data)[2] % 4 == 1).all()


def test_the_column_group_is_never_divided(tmp_path, medical):
    group = np.arange(40) // 4
    data = own.load(medical, _medical_file(tmp_path / "a.npz", group=group), seed=0)
    of = [set(part // 4) for part in _parts(data)]
    assert not of[0] & of[1]
    assert not of[0] & of[2]
    assert not of[1] & of[2]


@pytest.mark.parametrize("kind", ["number", "text"])
def test_the_column_time_puts_the_newest_last_with_room_between(tmp_path, forecast, kind):
    n = 1000
    days = np.datetime64("2024-01-01") + np.arange(n)
    time = days.astype(str) if kind == "text" else np.arange(n)
    series = np.arange(n)[:, None, None] + np.zeros((n, 100, 1))
    ys = {f"output_{i}": np.arange(n) for i in (1, 2, 3)}
    shuffled = np.random.default_rng(0).permutation(n)
    arrays = {"series": series, "time": time, **ys}
    np.savez(tmp_path / "a.npz", **{name: values[shuffled] for name, values in arrays.items()})
    data = own.load(forecast, tmp_path / "a.npz", seed=0)
    of = [np.sort(p.inputs["series"][:, 0, 0]) for p in (data.train, data.validation, data.test)]
    assert [(part[0], part[-1]) for part in of] == [(0, 599), (700, 749), (850, 999)]
    assert data.statistics["mean"] == pytest.approx(299.5)


def test_sentences_and_pictures_in_a_csv(tmp_path, sentiment):
    image = pytest.importorskip("PIL.Image", reason="Pillow reads pictures")
    image.new("RGB", (8, 8), (9, 9, 9)).save(tmp_path / "p.png")
    lines = ["image_input,text_input,sentiment,split"]
    lines += ['p.png,"good, good",positive,train', "p.png,bad bad,negative,train"]
    lines += ["p.png,new good new,negative,validation", "p.png,bad,positive,test"]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    data = own.load(sentiment, tmp_path / "a.csv", seed=0)
    assert data.vocabulary == {"text_input": ("good", "bad")}
    assert data.statistics == {"vocabulary_size": 4}
    assert data.validation.inputs["text_input"][0, :4].tolist() == [1, 2, 1, 0]
    assert data.train.targets["sentiment"].tolist() == [[1.0], [0.0]]
    assert data.test.inputs["image_input"].shape == (1, 128, 128, 3)
    assert (data.test.inputs["image_input"] == 9).all()


def test_parquet_with_lists(tmp_path, medical):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow reads Parquet files")
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow reads Parquet files")
    table = pyarrow.table(
        {
            "ecg_input": [[float(i)] * 256 for i in range(4)],
            "bp_input": [100.0, 101.0, 102.0, 103.0],
            "diagnosis_output": ["slow", "fast", "normal", "slow"],
            "risk_output": [0.1, 0.2, 0.3, 0.4],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    data = own.load(medical, tmp_path / "a.parquet", seed=0)
    assert [len(part) for part in _parts(data)] == [2, 1, 1]
    row = int(_parts(data)[2][0])
    assert (data.test.inputs["ecg_input"][0] == row).all()
    assert (
        data.test.targets["diagnosis_output"][0].tolist() == np.eye(3)[[0, 2, 1, 0][row]].tolist()
    )


def test_own_token_ids_size_the_vocabulary_by_the_whole_file(tmp_path):
    spec = ModelSpec(
        "sentiment",
        "",
        (TensorSpec("text_input", (2,), "int32"),),
        (OutputSpec("sentiment", (1,)),),
    )
    np.savez(tmp_path / "a.npz", text_input=np.arange(20).reshape(10, 2), sentiment=np.ones(10))
    data = own.load(spec, tmp_path / "a.npz", seed=0)
    assert data.statistics == {"vocabulary_size": 20}
    assert data.vocabulary == {}


def test_a_missing_column_is_named(tmp_path, medical):
    path = tmp_path / "a.csv"
    path.write_text("ecg_input,bp\n1,2\n")
    assert _error(medical, path) == (
        "column 'bp_input' is missing; the file has 'ecg_input', 'bp'\n"
        f"  where:  {path}\n"
        "  remedy: add a column 'bp_input': float32 of shape (1,)"
    )


def test_an_unknown_part_is_named(tmp_path, medical):
    path = _medical_file(tmp_path / "a.npz", split=np.array(["train"] * 39 + ["val"]))
    assert _error(medical, path) == (
        "unknown part 'val', expected train, validation, test\n"
        f"  where:  {path}, column 'split', row 40\n"
        "  remedy: write one of train, validation, test in every row, or leave the column out"
    )


def test_an_empty_part_is_named(tmp_path, medical):
    path = _medical_file(tmp_path / "a.npz", split=np.array(["train", "validation"] * 20))
    assert _error(medical, path) == (
        "no row is of the part 'test'\n"
        f"  where:  {path}, column 'split'\n"
        "  remedy: give each part at least one row, or leave the column out"
    )


def test_a_group_in_two_parts_is_named(tmp_path, medical):
    split = np.array(["train"] * 20 + ["validation"] * 10 + ["test"] * 10)
    group = np.array([0] * 20 + [1] * 10 + [1] * 10)
    path = _medical_file(tmp_path / "a.npz", split=split, group=group)
    assert _error(medical, path) == (
        "group '1' is in the parts 'validation' and 'test'\n"
        f"  where:  {path}, column 'split', row 31\n"
        "  remedy: put all rows of a group into one part"
    )


def test_a_time_that_is_none_is_named(tmp_path, medical):
    path = _medical_file(tmp_path / "a.npz", time=np.array(["soon"] * 40))
    message = _error(medical, path)
    assert message.startswith("not a time: ")
    assert message.endswith(
        f"  where:  {path}, column 'time'\n"
        "  remedy: write numbers, or ISO 8601 such as 2024-05-31T12:00"
    )
