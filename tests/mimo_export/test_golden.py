from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mimo_export.contract import Signature
from mimo_export.drawing import Range
from mimo_export.errors import BundleError, InputError
from mimo_export.golden import make_golden, read_cases, write_cases
from mimo_portable.specs import TensorSpec

FIXED = Signature((TensorSpec("x", (3,)), TensorSpec("ids", (2,), "int32")), (TensorSpec("y", ()),))
RANGES = {"x": Range("normal", 0, 1, "float32"), "ids": Range("token", 0, 5, "int32")}
FREE = Signature((TensorSpec("x", ("time", 3)), TensorSpec("ids", ("words",), "int32")), ())


def answer(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"y": inputs["x"].reshape(len(inputs["x"]), -1).sum(axis=1)}


def shapes(signature: Signature, call: Any = answer) -> list[tuple[int, ...]]:
    return [c.inputs["x"].shape for c in make_golden(call, signature, RANGES).cases]


def test_four_batches_are_made() -> None:
    assert shapes(FIXED) == [(1, 3), (2, 3), (3, 3), (17, 3)]


def test_free_dimensions_take_several_lengths_and_differ_in_the_last_case() -> None:
    cases = make_golden(answer, FREE, RANGES).cases
    found = [(c.inputs["x"].shape, c.inputs["ids"].shape) for c in cases]
    assert found == [
        ((1, 7, 3), (1, 7)),
        ((2, 16, 3), (2, 16)),
        ((3, 33, 3), (3, 33)),
        ((17, 7, 3), (17, 16)),
    ]


def test_the_same_seed_makes_the_same_inputs_and_another_one_others() -> None:
    one, same, other = (
        make_golden(answer, FIXED, RANGES, seed=seed).cases[0].inputs for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one["x"], same["x"])
    assert not np.array_equal(one["x"], other["x"])


def test_a_length_that_keras_refuses_is_recorded_and_left_out() -> None:
    def call(inputs: Mapping[str, Any]) -> dict[str, Any]:
        if inputs["x"].shape[1] < 10:
            raise ValueError("too short\nmore")
        return answer(inputs)

    golden = make_golden(call, FREE, RANGES)
    assert [case.name for case in golden.cases] == ["test_data_set_0", "test_data_set_1"]
    assert golden.refused == (
        "batch 1, time=7, words=7: too short more",
        "batch 17, time=7, words=16: too short more",
    )


def test_a_model_for_large_inputs_gets_larger_ones() -> None:
    def call(inputs: Mapping[str, Any]) -> dict[str, Any]:
        if inputs["x"].shape[1] < 200:
            raise ValueError("too small")
        return answer(inputs)

    assert shapes(FREE, call) == [(1, 224, 3), (2, 256, 3), (3, 288, 3), (17, 224, 3)]


def test_a_model_that_never_runs_is_an_error() -> None:
    def call(inputs: Mapping[str, Any]) -> dict[str, Any]:
        raise ValueError("no way")

    with pytest.raises(InputError) as caught:
        make_golden(call, FIXED, RANGES)
    assert str(caught.value) == (
        "Keras cannot run the model on inputs of its own signature: "
        "batch 17, no free dimension: no way\n"
        "  where:  while making golden vectors\n"
        "  remedy: give sample inputs that it accepts (`samples`, on the command line --samples)"
    )


def test_samples_are_drawn_row_by_row_with_inputs_kept_together() -> None:
    samples = {"x": np.arange(30.0).reshape(10, 3), "ids": np.arange(20).reshape(10, 2)}
    for case in make_golden(answer, FIXED, {}, samples=samples).cases:
        assert case.inputs["x"].dtype == np.float32
        np.testing.assert_array_equal(case.inputs["x"][:, 0] / 3, case.inputs["ids"][:, 0] / 2)


def test_texts_are_drawn_written_and_read_back(tmp_path: Path) -> None:
    signature = Signature((TensorSpec("x", (2,), "string"),), (TensorSpec("y", (2,), "string"),))
    samples = {"x": np.array([["", "a\u00a0b"], ["日本", "long " * 9]])}

    def encoded(inputs: Mapping[str, Any]) -> dict[str, Any]:
        # TensorFlow gives strings back as bytes.
        return {"y": np.vectorize(str.encode, otypes=[object])(inputs["x"])}

    cases = make_golden(encoded, signature, {}, samples=samples).cases
    write_cases(tmp_path, cases, signature)
    for before, after in zip(cases, read_cases(tmp_path, signature), strict=True):
        assert before.inputs["x"].dtype == object
        np.testing.assert_array_equal(after.inputs["x"], before.inputs["x"], strict=True)
        np.testing.assert_array_equal(after.outputs["y"], before.inputs["x"], strict=True)


def test_samples_without_an_input_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        make_golden(answer, FIXED, {}, samples={"x": np.zeros((1, 3))})
    assert str(caught.value) == (
        "the samples have no array 'ids', only x\n"
        "  where:  sample inputs for golden vectors\n"
        "  remedy: give one array per input of the model, under its name"
    )


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_cases(tmp_path, make_golden(answer, FIXED, RANGES).cases, FIXED)
    return tmp_path


def test_the_layout_is_that_of_onnx_test_data_with_the_names_inside(written: Path) -> None:
    folders = [f"test_data_set_{i}" for i in range(4)]
    assert sorted(p.relative_to(written).as_posix() for p in written.rglob("*.pb")) == [
        f"{folder}/{file}.pb" for folder in folders for file in ("input_0", "input_1", "output_0")
    ]
    tensor = onnx.load_tensor(written / "test_data_set_3" / "input_1.pb")
    assert (tensor.name, numpy_helper.to_array(tensor).shape) == ("ids", (17, 2))


def test_what_was_written_is_read_back(written: Path) -> None:
    expected = make_golden(answer, FIXED, RANGES).cases
    for before, after in zip(expected, read_cases(written, FIXED), strict=True):
        assert (before.name, list(before.inputs)) == (after.name, list(after.inputs))
        for name, array in {**before.inputs, **before.outputs}.items():
            got = {**after.inputs, **after.outputs}[name]
            np.testing.assert_array_equal(got, array)
            assert got.dtype == array.dtype


def test_data_sets_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    case = make_golden(answer, FIXED, RANGES).cases[0]
    for number in (10, 2, 0):
        write_cases(tmp_path / str(number), [case], FIXED)
        (tmp_path / str(number) / case.name).rename(tmp_path / f"test_data_set_{number}")
    names = [c.name for c in read_cases(tmp_path, FIXED)]
    assert names == ["test_data_set_0", "test_data_set_2", "test_data_set_10"]


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def rename_inside(path: Path) -> None:
    tensor = onnx.load_tensor(path)
    tensor.name = "z"
    path.write_bytes(tensor.SerializeToString())


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (Path.unlink, "a golden vector is missing"),
        (damage, "a golden vector is damaged"),
        (rename_inside, "a golden vector holds 'z' where the contract has 'ids'"),
    ],
)
def test_a_golden_vector_that_is_not_what_was_written_is_named(
    written: Path, change: Any, what: str
) -> None:
    path = written / "test_data_set_2" / "input_1.pb"
    change(path)
    with pytest.raises(BundleError) as caught:
        read_cases(written, FIXED)
    assert str(caught.value) == f"{what}\n  where:  {path}\n  remedy: export the model again"


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        read_cases(tmp_path, FIXED)
    assert str(caught.value) == (
        f"there are no golden vectors\n  where:  {tmp_path}\n  remedy: export the model again"
    )


def test_a_fixed_first_size_is_drawn_so_from_samples_too() -> None:
    signature = Signature((TensorSpec("x", (3,), batch=2), TensorSpec("ids", (2,), "int32")), ())
    ranges = make_golden(answer, signature, RANGES).cases
    samples = {"x": np.arange(30.0).reshape(10, 3), "ids": np.arange(20).reshape(10, 2)}
    drawn = make_golden(answer, signature, {}, samples=samples).cases
    for cases in (ranges, drawn):
        assert [len(case.inputs["x"]) for case in cases] == [2] * 5
        assert [len(case.inputs["ids"]) for case in cases] == [2, 1, 2, 3, 17]


def test_first_sizes_of_their_own_are_drawn_apart_and_a_refusal_says_them() -> None:
    signature = Signature((TensorSpec("x", (3,), batch="n"), TensorSpec("ids", (2,), "int32")), ())

    def call(inputs: Mapping[str, Any]) -> dict[str, Any]:
        if len(inputs["x"]) == 19:
            raise ValueError("too many")
        return answer(inputs)

    made = make_golden(call, signature, RANGES)
    assert [(len(c.inputs["x"]), len(c.inputs["ids"])) for c in made.cases] == [
        (5, 2),
        (4, 3),
        (33, 17),
    ]
    assert made.refused == ("batch 1, n=19: too many",)
