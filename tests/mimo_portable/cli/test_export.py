from __future__ import annotations

import json
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from text_models import STRINGS

BACKEND = keras.backend.backend()


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_trained_folder_becomes_a_bundle_with_its_words(bundle: Path) -> None:
    signature = json.loads((bundle / "signature.json").read_text())
    assert signature["inputs"][0]["unit"] == "mmHg"
    assert [output["name"] for output in signature["outputs"]] == ["class", "risk"]
    assert signature["outputs"][0]["labels"] == ["low", "normal", "high"]
    parity = json.loads((bundle / "parity.json").read_text())
    assert (parity["passed"], parity["reference"]) == (True, f"keras-{BACKEND}")


def test_json_holds_contract_and_parity(run: Any, trained: Path, tmp_path: Path) -> None:
    code, out, err = run(
        "export", trained / "model.keras", "-o", "b", "--format", "onnx", "--opset", "18", "--json"
    )
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["bundle"] == "b"
    assert [item["name"] for item in document["inputs"]] == ["pressure"]
    assert document["parity"]["passed"] is True
    assert (tmp_path / "b" / "model.onnx").exists()


def test_a_tolerance_of_nothing_closes_the_gate(run: Any, trained: Path, tmp_path: Path) -> None:
    code, out, err = run(
        *("export", trained, "-o", "b", "--format", "onnx", "--atol", "0", "--rtol", "0")
    )
    assert (code, out) == (1, "")
    assert err.startswith("error: the export and Keras disagree: onnxruntime, ")
    assert err.count("would have passed") >= 1
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


MODULE = """
import keras
@keras.saving.register_keras_serializable(package="own")
class Doubled(keras.layers.Layer):
    def call(self, x):
        return x * 2
"""


def test_own_layers_come_with_import(run: Any, tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable(package="own")
    class Doubled(layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 2

    x = keras.Input((2,), name="x")
    keras.Model(x, Doubled(name="doubled")(x)).save(tmp_path / "own.keras")
    (tmp_path / "own_layers.py").write_text(MODULE)
    words = ("export", "own.keras", "-o", "b", "--format", "onnx")
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err == (
        "error: the class or function 'own>Doubled' is neither part of Keras's layers nor "
        "registered\n"
        f"  where:  'doubled' (Doubled) of {tmp_path / 'own.keras'}\n"
        "  remedy: import the module that registers it, with "
        "@keras.saving.register_keras_serializable(), before loading; on the command line: "
        "--import MODULE\n"
    )
    code, out, err = run(*words, "--import", "own_layers")
    assert (code, err) == (0, "")
    assert out.endswith("bundle: b\n")


def _lambda(path: Path) -> None:
    x = keras.Input((2,), name="x")
    keras.Model(x, layers.Lambda(lambda x: x + 1, name="code")(x)).save(path)


def _pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"layers": []}))


def _text(path: Path) -> None:
    path.write_text("not a model")


def _unsupported(path: Path) -> None:
    x = keras.Input((4, 4), name="x")
    keras.Model(x, keras.ops.svd(x, compute_uv=False)).save(path)


@pytest.mark.parametrize(
    ("make", "first"),
    [
        (lambda path: None, "there is no such file or folder"),
        (Path.mkdir, "there is no model.keras in this folder"),
        (_text, "not a .keras file: it is no zip archive"),
        (
            _pickle,
            "not a .keras file but a Python pickle, which may run any code when it is read",
        ),
        (_lambda, "the model holds a Lambda, which carries Python code inside the file"),
        (
            _unsupported,
            "keras.ops.svd has no ONNX form: its values come from an iteration without a fixed "
            "end, and nothing fixes the signs of the vectors",
        ),
    ],
)
def test_bad_models_give_one_block_and_change_nothing(
    run: Any, bundle: Path, tmp_path: Path, make: Any, first: str
) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    before = files(tmp_path / "b")
    make(tmp_path / "bad.keras")
    code, out, err = run("export", "bad.keras", "-o", "b", "--format", "onnx")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert lines[0] == f"error: {first}"
    assert lines[1].startswith("  where:  ")
    assert lines[2].startswith("  remedy: ")
    assert len(lines) == 3
    assert files(tmp_path / "b") == before
    assert sorted(path.name for path in tmp_path.iterdir()) in (["b"], ["b", "bad.keras"])


def test_a_disk_that_takes_no_more_gives_one_block_and_changes_nothing(
    run: Any, trained: Path, bundle: Path, tmp_path: Path
) -> None:
    """A limit on the size of files is the full disk that every user can make."""
    shutil.copytree(bundle, tmp_path / "b")
    before = files(tmp_path / "b")
    size = (trained / "model.keras").stat().st_size

    code, out, err = run(
        *("export", trained, "-o", "b", "--format", "onnx"),
        before="import resource as r; "
        f"r.setrlimit(r.RLIMIT_FSIZE, ({size - 100}, r.RLIM_INFINITY))",
    )
    assert (code, out) == (2, "")
    assert err.startswith("error: File too large\n")
    assert "Traceback" not in err
    assert files(tmp_path / "b") == before
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [int(c) for t in tasks.iterdir() for c in (t / "children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")
def test_ctrl_c_ends_all_processes_and_changes_nothing(
    run: Any, trained: Path, bundle: Path, tmp_path: Path
) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    before = files(tmp_path / "b")
    # Where the tests run in the background, programs are started with Ctrl-C ignored.
    heed = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)"
    process = run.start("export", trained, "-o", "b", "--format", "onnx", before=heed)
    while len(list(tmp_path.iterdir())) == 1 or not children(process.pid):
        assert process.poll() is None
        time.sleep(0.02)
    workers = children(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "error: interrupted; what was saved before is intact\n"
    assert files(tmp_path / "b") == before
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    deadline = time.monotonic() + 10  # one that was just starting leaves by itself
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@STRINGS
def test_a_string_hash_is_kept_beside_the_file_and_followed_by_predict(
    run: Any, tmp_path: Path
) -> None:
    user = keras.Input((1,), dtype="string", name="user")
    hashed = layers.Hashing(4, output_mode="one_hot", name="bucket")(user)
    keras.Model(user, layers.Dense(1, name="score")(hashed)).save(tmp_path / "users.keras")
    code, out, err = run("export", "users.keras", "-o", "b", "--format", "onnx")
    assert (code, out) == (2, "")
    assert "`mimo-portable export --preprocessing beside`" in err
    code, _, err = run(
        *("export", "users.keras", "-o", "b", "--format", "onnx", "--preprocessing", "beside")
    )
    assert (code, err) == (0, "")
    np.save(tmp_path / "user.npy", np.array([["a"], ["b"]]))
    code, out, err = run("predict", "b", "--input", f"user={tmp_path / 'user.npy'}", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["outputs"]["score"]["shape"] == [2, 1]


TWO = """
import keras
@keras.saving.register_keras_serializable(package="own")
class Two(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.one, self.head = keras.layers.Embedding(9, 2), keras.layers.Dense(1)
    def call(self, image, text):
        return {"score": self.head(image) + keras.ops.mean(self.one(text), axis=1)[:, :1]}
"""


def test_the_inputs_of_a_subclassed_model_are_stated(run: Any, tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    script = (
        "import numpy as np, two\n"
        "model = two.Two()\n"
        "model(np.ones((1, 4), 'float32'), np.ones((1, 5), 'int32'))\n"
        "model.save('two.keras')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
    command = ("export", "two.keras", "-o", "b", "--format", "onnx", "--import", "two")
    code, out, err = run(*command)
    assert (code, out) == (2, "")
    assert "--input 'name:dtype[shape]'" in err
    code, out, err = run(*command, "--input", "image[4]", "--input", "text:int32[?]", "--json")
    assert (code, err) == (0, "")
    found = [(item["name"], item["shape"], item["dtype"]) for item in json.loads(out)["inputs"]]
    assert found == [("image", [4], "float32"), ("text", ["text_dim_1"], "int32")]
    code, out, _ = run("verify", "b", "--import", "two")
    assert code == 0
    assert out.endswith("the bundle is verified\n")


def test_an_input_of_another_form_is_refused(run: Any) -> None:
    code, _, err = run("export", "m.keras", "-o", "b", "--input", "image")
    assert code == 2
    assert "'image' is not of the form 'name:dtype[size,size]'" in err
