from __future__ import annotations

import importlib.util
import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx_ir as ir
import pytest
from keras import layers
from text_models import STRINGS

from mimo_export import bundle as bundle_module
from mimo_export import golden, jobs, verify
from mimo_export.bundle import ExportOptions, export_bundle
from mimo_export.compare import Tolerance
from mimo_export.errors import (
    BundleError,
    EnvironmentNotReadyError,
    InputError,
    MimoExportError,
    ModelFileError,
    UnsupportedOperationError,
    VerificationError,
)
from mimo_export.manifest import file_problems, open_bundle
from mimo_export.prediction import predict
from mimo_export.verify import verify_bundle
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec

ONNX_ONLY = ("onnx",)

needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="a SavedModel is written by TensorFlow"
)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_bundle_holds_what_it_promises(exported: Path) -> None:
    vectors = [
        f"golden/test_data_set_{i}/{name}_{k}.pb"
        for i in range(4)
        for name in ("input", "output")
        for k in range(2)
    ]
    papers = ["README.md", "manifest.json", "parity.json", "signature.json"]
    assert sorted(files(exported)) == sorted([*papers, "model.keras", "model.onnx", *vectors])
    opened = open_bundle(exported)
    assert file_problems(opened) == ()
    assert [s.name for s in opened.signature.inputs] == ["ecg", "words"]
    assert [s.name for s in opened.signature.outputs] == ["risk", "diagnosis"]
    assert opened.limits == {"words": 50}


def test_the_source_is_copied_byte_by_byte(exported: Path, keras_file: Path) -> None:
    assert (exported / "model.keras").read_bytes() == keras_file.read_bytes()


def test_the_parity_paper_says_for_every_output_how_far_and_where(exported: Path) -> None:
    parity = json.loads((exported / "parity.json").read_text())
    assert parity["passed"] is True
    assert parity["reference"] == f"keras-{keras.backend.backend()}"
    assert parity["tolerance"] == {"atol": 1e-5, "rtol": 1e-5}
    onnx = [row for row in parity["rows"] if row["runtime"] == "onnxruntime"]
    assert [row["output"] for row in onnx] == ["risk", "diagnosis"]
    for row in onnx:
        assert row["largest"]["case"].startswith("test_data_set_")
        assert row["passing_tolerance"] < 1e-5
        assert row["values"] == {"risk": 23, "diagnosis": 69}[row["output"]]
    assert onnx[1]["classes"] == "23 of 23"
    others = {row["runtime"] for row in parity["rows"] if not row["gates"]}
    wanted = {"jax", "torch", "tensorflow"} - {keras.backend.backend()}
    assert others == {f"keras-{name}" for name in wanted}


@pytest.mark.usefixtures("alone")
def test_the_same_export_twice_gives_the_same_bytes(keras_file: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_bundle(keras_file, tmp_path / name, formats=ONNX_ONLY)
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.usefixtures("alone")
def test_a_run_s_contract_scores_and_words_travel_with_the_model(
    keras_file: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(keras_file, run / "model.keras")
    spec = ModelSpec(
        "small",
        "A small model.",
        (TensorSpec("ecg", (16, 1), unit="mV"), TensorSpec("words", (12,), "int32")),
        (OutputSpec("risk", (1,)), OutputSpec("diagnosis", (3,), labels=("a", "b", "c"))),
    )
    (run / "spec.json").write_text(json.dumps(spec.to_dict()))
    (run / "vocabulary.json").write_text('{"words": ["a"]}')
    training = {"seed": 3, "data": {"name": "set", "origin": "simulated", "source": "Made."}}
    (run / "metrics.json").write_text(json.dumps({**training, "seconds": 7.5}))
    built = export_bundle(run, tmp_path / "bundle", formats=ONNX_ONLY)
    assert built.signature.inputs[0].unit == "mV"
    assert open_bundle(tmp_path / "bundle").signature.outputs[1].labels == ("a", "b", "c")
    assert (tmp_path / "bundle" / "vocabulary.json").read_text() == '{"words": ["a"]}'
    assert (tmp_path / "bundle" / "README.md").read_text().startswith("# small\n\nA small model.\n")
    # Without the seconds, which differ from run to run.
    assert open_bundle(tmp_path / "bundle").manifest["training"] == training


@pytest.mark.usefixtures("alone")
def test_a_run_s_golden_vectors_stay_in_the_intervals_of_its_contract_old_and_fresh(
    keras_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    shutil.copy(keras_file, tmp_path / "run" / "model.keras")
    spec = ModelSpec(
        "small",
        "A small model.",
        (TensorSpec("ecg", (16, 1), interval=(90.0, 91.0)), TensorSpec("words", (12,), "int32")),
        (OutputSpec("risk", (1,)), OutputSpec("diagnosis", (3,))),
    )
    (tmp_path / "run" / "spec.json").write_text(json.dumps(spec.to_dict()))
    seen: list[Any] = []

    def read_cases(*words: Any) -> Any:
        cases = golden.read_cases(*words)
        seen.append([case.inputs["ecg"] for case in cases])
        return cases

    for module in (bundle_module, verify):
        monkeypatch.setattr(module, "read_cases", read_cases)
    export_bundle(tmp_path / "run", tmp_path / "bundle", formats=ONNX_ONLY)
    assert verify_bundle(tmp_path / "bundle").passed
    made, stored, fresh = (np.concatenate(arrays) for arrays in seen)
    np.testing.assert_array_equal(made, stored)
    assert not np.array_equal(stored, fresh)
    for values in (stored, fresh):
        assert (values.min() >= 90, values.max() <= 91) == (True, True)


@pytest.mark.usefixtures("alone")
def test_a_model_in_memory_is_exported_with_the_classes_of_this_process(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable(package="test_bundle")
    class Halved(layers.Layer):
        def call(self, x: Any) -> Any:
            return x / 2

    x = keras.Input((3,), name="x")
    export_bundle(keras.Model(x, Halved(name="half")(x)), tmp_path / "b", formats=ONNX_ONLY)
    assert open_bundle(tmp_path / "b").signature.outputs[0].name == "half"


def half_precision() -> keras.Model:
    x = keras.Input((6,), name="x")
    hidden = layers.Dense(5, dtype="mixed_float16", name="hidden")(x)
    return keras.Model(x, layers.Dense(2, dtype="float32", name="y")(hidden))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("given", "allowed"),
    [(None, Tolerance(4 * 2**-10, 4 * 2**-10)), (Tolerance(0.01, 0.02), Tolerance(0.01, 0.02))],
)
def test_half_precision_is_held_to_what_half_precision_can_keep(
    tmp_path: Path, given: Tolerance | None, allowed: Tolerance
) -> None:
    options = ExportOptions(tolerance=given)
    built = export_bundle(half_precision(), tmp_path / "b", formats=ONNX_ONLY, options=options)
    assert built.report.tolerance == allowed


def test_a_worker_exports_a_file_as_this_process_does(exported: Path, tmp_path: Path) -> None:
    options = ExportOptions(backend=keras.backend.backend())
    export_bundle(exported / "model.keras", tmp_path / "b", formats=ONNX_ONLY, options=options)
    ours, theirs = files(exported), files(tmp_path / "b")
    assert {n for n in ours if ours[n] != theirs[n]} <= {
        "parity.json",
        "README.md",
        "manifest.json",
    }


@pytest.mark.usefixtures("alone")
def test_samples_become_golden_vectors(
    keras_file: Path, tmp_path: Path, inputs: dict[str, Any]
) -> None:
    options = ExportOptions(samples=inputs)
    built = export_bundle(keras_file, tmp_path / "b", formats=ONNX_ONLY, options=options)
    assert built.report.passed
    bad = ExportOptions(samples={"ecg": inputs["ecg"]})
    with pytest.raises(InputError, match="the samples have no array 'words', only ecg"):
        export_bundle(keras_file, tmp_path / "c", formats=ONNX_ONLY, options=bad)


@needs_tensorflow
def test_a_saved_model_is_verified_by_both_loaders(keras_file: Path, tmp_path: Path) -> None:
    built = export_bundle(keras_file, tmp_path / "b")
    assert open_bundle(tmp_path / "b").formats == ("onnx", "saved_model")
    gates = {row.runtime: row.status for row in built.report.rows if row.gates}
    assert gates == {
        "onnxruntime": "pass",
        "onnxruntime, not optimised": "pass",
        "saved_model": "pass",
        "saved_model, TF1 loader": "pass",
    }


@needs_tensorflow
@pytest.mark.skipif(importlib.util.find_spec("tf2onnx") is None, reason="needs tf2onnx")
def test_the_second_opinion_passes_the_same_gate_and_leaves_no_saved_model_behind(
    keras_file: Path, tmp_path: Path
) -> None:
    options = ExportOptions(via="tf2onnx")
    built = export_bundle(keras_file, tmp_path / "b", formats=ONNX_ONLY, options=options)
    opened = open_bundle(tmp_path / "b")
    assert opened.formats == ("onnx",)
    assert opened.manifest["via"] == "tf2onnx"
    assert "tf2onnx" in built.versions


# === What keeps a bundle from being published, and leaves the old one alone ===


@pytest.fixture
def wrong_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a file whose weights are a little larger than they should be."""
    real = jobs.finished_model

    def wrong(*args: Any, **kwargs: Any) -> ir.Model:
        model = real(*args, **kwargs)
        for value in model.graph.initializers.values():
            array = value.const_value.numpy()
            if array.dtype == np.float32 and array.size == 50 * 3:
                value.const_value = ir.tensor(array * np.float32(1.01), name=value.name)
        return model

    monkeypatch.setattr(jobs, "finished_model", wrong)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Give, for each comparison, whether Keras's other backends are asked too."""
    found: list[bool] = []
    real = bundle_module.collect

    def collect(*args: Any, all_backends: bool) -> Any:
        found.append(all_backends)
        return real(*args, all_backends=all_backends)

    monkeypatch.setattr(bundle_module, "collect", collect)
    return found


@pytest.mark.usefixtures("alone", "wrong_onnx")
def test_a_file_that_differs_is_not_published(keras_file: Path, tmp_path: Path) -> None:
    with pytest.raises(VerificationError) as caught:
        export_bundle(keras_file, tmp_path / "b", formats=ONNX_ONLY)
    message = str(caught.value)
    assert message.startswith("the export and Keras disagree: onnxruntime, risk: ")
    assert " would have passed; onnxruntime, diagnosis: " in message
    assert message.endswith(
        f"\n  where:  {tmp_path / 'b'}\n"
        "  remedy: nothing was published; `mimo-portable verify MODEL --locate` names the layer; "
        "if the passing tolerance is acceptable for this model, give it with --atol and --rtol"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("alone", "wrong_onnx")
def test_the_other_backends_are_asked_where_a_file_differs(
    keras_file: Path, tmp_path: Path, asked: list[bool]
) -> None:
    with pytest.raises(VerificationError):
        export_bundle(keras_file, tmp_path / "b", formats=ONNX_ONLY)
    assert asked == [False, True]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("wanted", [False, True])
def test_the_other_backends_are_asked_on_request(
    keras_file: Path, tmp_path: Path, asked: list[bool], wanted: bool
) -> None:
    options = ExportOptions(all_backends=wanted)
    export_bundle(keras_file, tmp_path / "b", formats=ONNX_ONLY, options=options)
    assert asked == [wanted]


@pytest.mark.usefixtures("alone", "wrong_onnx")
def test_a_file_that_differs_leaves_the_old_bundle_as_it_was(
    keras_file: Path, bundle: Path
) -> None:
    before = files(bundle)
    with pytest.raises(VerificationError):
        export_bundle(keras_file, bundle, formats=ONNX_ONLY)
    assert files(bundle) == before
    assert [path.name for path in bundle.parent.iterdir()] == ["small"]


@pytest.mark.usefixtures("alone")
def test_an_older_bundle_is_replaced_as_a_whole(keras_file: Path, bundle: Path) -> None:
    (bundle / "extra.txt").write_text("from before")
    export_bundle(keras_file, bundle, formats=ONNX_ONLY)
    assert not (bundle / "extra.txt").exists()
    assert [path.name for path in bundle.parent.iterdir()] == ["small"]


@pytest.mark.parametrize("make", [Path.touch, lambda p: (p.mkdir(), (p / "x").touch())])
def test_what_is_no_bundle_is_never_overwritten(
    keras_file: Path, tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    target = tmp_path / "mine"
    make(target)
    with pytest.raises(BundleError) as caught:
        export_bundle(keras_file, target, formats=ONNX_ONLY)
    assert str(caught.value) == (
        "there is something else already, which is not overwritten\n"
        f"  where:  {target}\n"
        "  remedy: choose another folder, or remove this one"
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.usefixtures("alone")
def test_an_interrupt_or_a_full_disk_leaves_the_old_bundle_as_it_was(
    keras_file: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = files(bundle)

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(bundle_module.manifest, "write_manifest", fail)
    with pytest.raises(type(error)):
        export_bundle(keras_file, bundle, formats=ONNX_ONLY)
    assert files(bundle) == before
    assert [path.name for path in bundle.parent.iterdir()] == ["small"]


@pytest.mark.usefixtures("alone")
def test_an_unsupported_layer_is_told_by_the_compiler(tmp_path: Path) -> None:
    x = keras.Input((4, 4), name="x")
    outputs = keras.ops.svd(x, compute_uv=False)
    with pytest.raises(UnsupportedOperationError) as caught:
        export_bundle(keras.Model(x, outputs), tmp_path / "b", formats=ONNX_ONLY)
    assert "svd" in caught.value.what
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("formats", "options", "text"),
    [
        (("tflite",), {}, "'tflite' is not known\n  remedy: choose from onnx, saved_model"),
        (("onnx",), {"via": "x"}, "'x' is not known\n  remedy: choose from keras, tf2onnx"),
        (
            ("onnx",),
            {"preprocessing": "x"},
            "'x' is not known\n  remedy: choose from inside, beside",
        ),
        ((), {}, "no format was asked for\n  remedy: choose from onnx, saved_model"),
    ],
)
def test_unknown_words_name_the_known_ones(
    keras_file: Path, tmp_path: Path, formats: Any, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(InputError) as caught:
        export_bundle(keras_file, tmp_path / "b", formats=formats, options=ExportOptions(**options))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("formats", "via", "where"),
    [(("saved_model",), "keras", "format saved_model"), (ONNX_ONLY, "tf2onnx", "--via tf2onnx")],
)
def test_a_saved_model_without_tensorflow_names_what_adds_it(
    keras_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    formats: Any,
    via: str,
    where: str,
) -> None:
    monkeypatch.setattr(bundle_module, "installed_backends", lambda: ("jax",))
    with pytest.raises(EnvironmentNotReadyError) as caught:
        export_bundle(keras_file, tmp_path / "b", formats=formats, options=ExportOptions(via=via))
    assert str(caught.value) == (
        "a SavedModel is written by TensorFlow, which is not installed\n"
        f"  where:  {where}\n"
        "  remedy: pip install 'mimo-portable[savedmodel]', or leave it out (--format onnx)"
    )


@pytest.mark.usefixtures("alone")
def test_a_damaged_file_is_refused_in_the_worker_as_it_is_here(tmp_path: Path) -> None:
    path = tmp_path / "bad.keras"
    path.write_bytes(b"PK damaged")
    texts = []
    for backend in (None, keras.backend.backend()):
        options = ExportOptions(backend=backend)
        with pytest.raises(MimoExportError) as caught:
            export_bundle(path, tmp_path / "b", formats=ONNX_ONLY, options=options)
        texts.append((type(caught.value), str(caught.value)))
    assert texts[0] == texts[1]
    assert texts[0][0] is ModelFileError


def test_a_disk_that_takes_no_more_leaves_the_old_bundle_as_it_was(
    exported: Path, bundle: Path
) -> None:
    """A limit on the size of files is the full disk that every user can make."""
    before = files(bundle)
    script = (
        "import resource, sys\n"
        "from mimo_export import ExportOptions, export_bundle\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))\n"
        f"export_bundle({str(exported / 'model.keras')!r}, {str(bundle)!r}, formats=('onnx',))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "OSError: [Errno 27] File too large" in done.stderr
    assert files(bundle) == before
    assert [path.name for path in bundle.parent.iterdir()] == ["small"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 2000


@STRINGS
def test_a_model_from_texts_to_words_is_published_and_verified(tmp_path: Path, alone: str) -> None:
    text = keras.Input((1,), dtype="string", name="text")
    ids = layers.TextVectorization(output_sequence_length=5, standardize=None, name="ids")
    ids.adapt(np.array(["a bad film", "a good film"]))
    x = layers.GlobalMaxPooling1D(name="pool")(layers.Embedding(9, 4, name="table")(ids(text)))
    label = layers.StringLookup(vocabulary=["good", "bad"], invert=True, name="label")
    best = keras.ops.argmax(layers.Dense(4, name="head")(x), axis=-1)
    model = keras.Model(text, {"ids": ids(text), "label": label(best)}, name="reviews")
    export_bundle(model, tmp_path / "bundle")
    verified = verify_bundle(tmp_path / "bundle")
    assert verified.passed
    assert verified.fresh is not None
    texts = np.array([["a good\tfilm"], ["a unknown film"]])
    found = predict(tmp_path / "bundle", {"text": texts})
    expected = model.predict_on_batch(texts)
    np.testing.assert_array_equal(found["ids"], expected["ids"])
    assert found["label"].tolist() == [word.decode() for word in expected["label"]]


@pytest.fixture
def kept_beside(tmp_path: Path) -> Path:
    """Give a bundle of a model with a string hash, whose rule is kept beside its files."""
    user, age = keras.Input((2,), dtype="string", name="user"), keras.Input((1,), name="age")
    bucket = layers.Hashing(8, salt=[1, 2], mask_value="", name="bucket")(user)
    x = layers.Flatten(name="flat")(layers.Embedding(8, 3, name="table")(bucket))
    x = layers.Concatenate(name="both")([x, age])
    keras.utils.set_random_seed(0)
    model = keras.Model([user, age], layers.Dense(1, name="score")(x), name="users")
    model.save(tmp_path / "users.keras")
    return tmp_path / "users.keras"


@STRINGS
def test_rules_kept_beside_the_files_are_published_verified_and_followed(
    kept_beside: Path, tmp_path: Path, alone: str
) -> None:
    options = ExportOptions(preprocessing="beside")
    built = export_bundle(kept_beside, tmp_path / "bundle", options=options)
    assert [(spec.name, spec.shape, spec.dtype) for spec in built.signature.inputs] == [
        ("user", (2,), "int64"),
        ("age", (1,), "float32"),
    ]
    assert built.limits == {"user": 8}
    opened = open_bundle(tmp_path / "bundle")
    assert opened.manifest["preprocessing"] == "beside"
    assert "preprocessing.json" in opened.manifest["files"]
    card = (tmp_path / "bundle" / "README.md").read_text("utf-8")
    assert "| `user` | `user` | hash | bucket |" in card
    verified = verify_bundle(tmp_path / "bundle")
    assert verified.passed
    assert verified.fresh is not None
    arrays = {
        "user": np.array([["", "someone"], ["Ünder", "x" * 99]]),
        "age": np.array([[1.0], [2.0]], "float32"),
    }
    model = keras.saving.load_model(kept_beside)
    expected = model.predict_on_batch([arrays["user"].astype(object), arrays["age"]])
    found = predict(tmp_path / "bundle", arrays)
    np.testing.assert_allclose(found["score"], expected, rtol=1e-5, atol=1e-6)
    ids = {**arrays, "user": np.array([[0, 1], [2, 3]])}
    assert predict(tmp_path / "bundle", ids)["score"].shape == (2, 1)


@STRINGS
def test_rules_that_were_altered_are_told(kept_beside: Path, tmp_path: Path, alone: str) -> None:
    options = ExportOptions(preprocessing="beside")
    model = keras.saving.load_model(kept_beside)
    export_bundle(model, tmp_path / "bundle", formats=("onnx",), options=options)
    # The caller's model is as it was: another export gives the refusal that it gave before.
    with pytest.raises(UnsupportedOperationError, match="Keras hashes the bytes of a string"):
        export_bundle(model, tmp_path / "whole", formats=("onnx",))
    path = tmp_path / "bundle" / "preprocessing.json"
    path.write_text(path.read_text("utf-8").replace('"count": 7', '"count": 6'), "utf-8")
    stored = verify_bundle(tmp_path / "bundle").stored
    assert stored.files[0].startswith("preprocessing.json was altered")
    assert stored.files[1:] == (
        "the rule of 'user' does not give what Keras gave on example 0",
        "the rule of 'user' does not give what Keras gave on example 1",
    )


def test_an_error_about_a_folder_of_keras_names_that_folder(tmp_path: Path) -> None:
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Lambda(lambda t: t * 2, output_shape=(3,), name="l")(x))
    keras.saving.save_model(model, tmp_path / "saved", zipped=False)
    with pytest.raises(ModelFileError) as caught:
        export_bundle(tmp_path / "saved", tmp_path / "bundle", formats=ONNX_ONLY)
    assert caught.value.where == f"'l' (Lambda) of {tmp_path / 'saved'}"


def test_what_nobody_could_open_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = keras.Input((3,), name="x")
    write = bundle_module._write_papers

    def write_wrongly(folder: Path, *args: Any) -> None:
        write(folder, *args)
        (folder / "parity.json").write_text("{}")

    monkeypatch.setattr(bundle_module, "_write_papers", write_wrongly)
    with pytest.raises(BundleError, match="'tolerance' is missing") as caught:
        export_bundle(keras.Model(x, x * 2), tmp_path / "bundle", formats=ONNX_ONLY)
    assert caught.value.where == f"{tmp_path / 'bundle' / 'parity.json'}: $"
    assert not (tmp_path / "bundle").exists()
