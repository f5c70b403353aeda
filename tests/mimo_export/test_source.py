from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mimo_export.archive import load_keras
from mimo_export.contract import Signature
from mimo_export.errors import ModelFileError
from mimo_export.source import Source, find_source, settled
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec

SPEC = ModelSpec(
    "small",
    "A small model.",
    (
        TensorSpec("ecg", (16, 1), unit="microvolts", interval=(-5.0, 5.0)),
        TensorSpec("words", (12,), "int32"),
    ),
    (OutputSpec("risk", (1,)), OutputSpec("diagnosis", (3,), labels=("a", "b", "c"))),
)
SIGNATURE = Signature(
    (TensorSpec("ecg", (16, 1)), TensorSpec("words", (12,), "int32")),
    (TensorSpec("risk", (1,)), TensorSpec("diagnosis", (3,))),
)


@pytest.fixture
def run(tmp_path: Path, keras_file: Path) -> Path:
    (tmp_path / "model.keras").write_bytes(keras_file.read_bytes())
    (tmp_path / "spec.json").write_text(json.dumps(SPEC.to_dict()))
    (tmp_path / "metrics.json").write_text(json.dumps({"backend": "torch"}))
    (tmp_path / "vocabulary.json").write_text('{"words": ["a"]}')
    return tmp_path


def refused(given: Any) -> str:
    with pytest.raises(ModelFileError) as caught:
        find_source(given)
    return str(caught.value)


def test_the_folder_of_a_run_brings_contract_scores_and_words(run: Path, tmp_path: Path) -> None:
    source = find_source(str(run))
    assert source.spec == SPEC
    assert source.trained_on == "torch"
    assert source.intervals == {"ecg": (-5.0, 5.0)}
    target = tmp_path / "target"
    target.mkdir()
    source.save(target)
    assert sorted(p.name for p in target.iterdir()) == ["model.keras", "vocabulary.json"]


def test_a_file_stands_for_itself(keras_file: Path) -> None:
    source = find_source(keras_file)
    assert (source.path, source.spec, source.trained_on) == (keras_file, None, None)
    assert source.intervals == {}
    assert source.described(SIGNATURE) == SIGNATURE


def test_a_model_in_memory_is_saved(model: keras.Model, tmp_path: Path) -> None:
    find_source(model).save(tmp_path)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_the_contract_gives_the_signature_its_words(run: Path) -> None:
    described = find_source(run).described(SIGNATURE)
    assert described.inputs[0].unit == "microvolts"
    assert described.outputs[1].labels == ("a", "b", "c")


def test_the_contract_of_another_model_is_refused(run: Path) -> None:
    other = Signature(SIGNATURE.inputs, SIGNATURE.outputs[:1])
    with pytest.raises(ModelFileError) as caught:
        find_source(run).described(other)
    assert str(caught.value) == (
        "spec.json and the model disagree about the outputs: [('risk', 1, 'float32'), "
        "('diagnosis', 1, 'float32')] and [('risk', 1, 'float32')] (name, rank, dtype)\n"
        f"  where:  {run / 'model.keras'}\n"
        "  remedy: export the .keras file alone, or correct spec.json beside it"
    )


@pytest.mark.parametrize("given", [None, 3, keras.layers.Dense(2), keras.Model])
def test_what_is_no_model_is_said_to_be_none(given: Any) -> None:
    assert refused(given).startswith("a Keras model was expected, got ")


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == (
        "there is no such file or folder\n"
        f"  where:  {tmp_path / 'none'}\n"
        "  remedy: name a .keras file, or the folder that `mimo-portable train --out` has filled"
    )


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path) == (
        "there is no model.keras in this folder\n"
        f"  where:  {tmp_path}\n"
        "  remedy: name a .keras file, the folder of a finished `mimo-portable train`, or one that "
        "`keras.saving.save_model(model, folder, zipped=False)` has written"
    )


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("metrics.json", "{", "the file is no JSON: Expecting property name enclosed in double"),
        ("metrics.json", "[]", "the file holds no object"),
        ("spec.json", '{"name": "x"}', "'description' is missing"),
    ],
)
def test_a_damaged_paper_is_named(run: Path, name: str, text: str, why: str) -> None:
    (run / name).write_text(text)
    message = refused(run)
    assert message.startswith(f"the file is damaged: {why}")
    assert f"\n  where:  {run / name}" in message
    assert message.endswith("\n  remedy: train again, or export the .keras file alone by naming it")


def test_a_source_is_put_into_the_folder_as_it_is(run: Path, tmp_path: Path) -> None:
    source, folder = find_source(run), tmp_path / "bundle"
    folder.mkdir()
    assert settled(source, folder) == source
    assert sorted(path.name for path in folder.iterdir()) == ["model.keras", "vocabulary.json"]
    assert (folder / "model.keras").read_bytes() == (run / "model.keras").read_bytes()


@pytest.mark.parametrize("worker", [False, True])
def test_stated_inputs_become_those_of_the_model_in_the_folder(
    tmp_path: Path, worker: bool
) -> None:
    specs = (TensorSpec("signal", (16, 1)),)
    keras.Sequential([keras.Input((16, 1)), keras.layers.Flatten()]).save(tmp_path / "one.keras")
    backend = keras.backend.backend() if worker else None
    folder = tmp_path / "bundle"
    folder.mkdir()
    source = settled(find_source(tmp_path / "one.keras"), folder, specs, backend)
    assert source.path == (folder / "model.keras" if worker else None)
    model = keras.saving.load_model(folder / "model.keras")
    assert [tensor.name for tensor in model.inputs] == ["signal"]


def test_a_folder_of_keras_is_a_source(model: keras.Model, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    keras.saving.save_model(model, folder, zipped=False)
    source = find_source(folder)
    assert source.path is not None
    assert source.path.name == "saved.keras"
    (tmp_path / "bundle").mkdir()
    source.save(tmp_path / "bundle")
    assert load_keras(tmp_path / "bundle" / "model.keras").name == model.name


@pytest.mark.parametrize("backend", ["evil", "keras_evil", ["jax"], {"jax": 1}, None, 3])
def test_a_run_s_own_word_chooses_one_of_three_backends_and_no_more(backend: Any) -> None:
    assert Source(metrics={"backend": backend}).trained_on is None
    assert Source(metrics={"backend": "torch"}).trained_on == "torch"
