"""A generated C project: clean under sanitizers, agrees with Keras, refuses what is wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import host_projects
import hostile_texts
import native_projects
import numpy as np
import preparation_rules
import pytest
import unicode_tables
from host_models import odd_model
from native_projects import SANITIZE, STRICT, Project, said

from mimo_export import export_bundle
from mimo_export.hosts.embed import embed_bundle

MISSING = host_projects.missing_tools("c")
PROVE = Path(native_projects.__file__).with_name("prove_words.c")
PROVE_RULES = PROVE.with_name("prove_rules.c")
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module", autouse=True)
def prepared(pytestconfig: pytest.Config) -> Iterator[None]:
    """Let every test of this file build."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        native_projects.prepare(monkeypatch, pytestconfig.cache.mkdir("onnxruntime-headers"))
        yield


@pytest.fixture(scope="module", params=["onnxruntime", "tensorflow"])
def project(
    request: pytest.FixtureRequest, keras_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Give a project around the small bundle, built under sanitizers; not to be written to."""
    return native_projects.small(keras_file, "c", request.param, tmp_path_factory.mktemp("c"))


@pytest.fixture
def copied(project: Project, tmp_path: Path) -> Project:
    """Give a project whose model a test may damage; its programs are the other's."""
    (tmp_path / "copy").mkdir()
    shutil.copytree(project.folder / "model", tmp_path / "copy" / "model")
    (tmp_path / "copy" / "build").symlink_to(project.folder / "build")
    return replace(project, folder=tmp_path / "copy")


def model_file(project: Project) -> Path:
    name = "model.onnx" if project.name == "onnxruntime" else "saved_model/saved_model.pb"
    return project.folder / "model" / name


def test_it_builds_passes_its_own_tests_and_agrees_with_keras(project: Project) -> None:
    native_projects.check_as_the_readme_says(project)


def test_nothing_leaks_or_is_undefined_whatever_is_put_in(project: Project) -> None:
    out = project.clean("bad_input", "model", "100000")
    assert out.endswith("all refused, and the next call worked\n")
    said = dict(line.split(": ", 1) for line in out.splitlines() if ": " in line)
    assert said["symbol"] == (
        "'batch' is 1 in input 'words' and 2 in input 'ecg'; give both the same size"
    )
    assert said["token"].startswith(
        "input 'words' holds the id -1 at [1, 11]; the model knows 0 to"
    )
    assert said["nan"].startswith("input 'ecg' holds a NaN at [1, 15, 0]; give numbers, or set")
    assert json.loads(project.clean("verify"))["passed"] is True


def test_the_example_prints_every_output(project: Project) -> None:
    lines = project.clean("example").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["risk", *["diagnosis"] * 3]


def test_a_missing_model_is_a_typed_error(copied: Project) -> None:
    path = model_file(copied)
    path.unlink()
    ended = copied.call("verify")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said(ended) == (
        f"the model's file {path.relative_to(copied.folder)} cannot be read; "
        "copy the project's `model` folder again\n"
    )


def test_a_truncated_altered_or_empty_model_is_a_typed_error(copied: Project) -> None:
    path = model_file(copied)
    whole = path.read_bytes()
    middle = len(whole) // 2
    altered = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for content in (whole[:middle], altered, b""):
        path.write_bytes(content)
        ended = copied.call("verify")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert said(ended) == (
            f"the model's file {path.relative_to(copied.folder)} is not the one that this client "
            f"was made for: {len(content)} bytes with SHA-256 {hashlib.sha256(content).hexdigest()}"
            f", where {len(whole)} with {hashlib.sha256(whole).hexdigest()} were; "
            "copy the project's `model` folder again\n"
        )


def test_a_longer_model_and_one_without_end_are_typed_errors(copied: Project) -> None:
    path = model_file(copied)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"\0")
    for replace_it in (lambda: None, lambda: (path.unlink(), path.symlink_to("/dev/zero"))):
        replace_it()
        ended = copied.call("verify")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert said(ended) == (
            f"the model's file {path.relative_to(copied.folder)} is not the one that this client "
            f"was made for: it has more than {size} bytes; "
            "copy the project's `model` folder again\n"
        )


def test_a_wrong_answer_is_found_and_measured(copied: Project) -> None:
    path = copied.folder / "model/golden/test_data_set_1/output_0.bin"
    content = bytearray(path.read_bytes())
    content[3] ^= 0x80  # the sign of the first number
    path.write_bytes(content)
    ended = copied.call("verify")
    report = json.loads(ended.stdout)
    assert (ended.returncode, report["passed"]) == (1, False)
    risk, diagnosis = report["outputs"]
    assert (risk["status"], risk["reason"]) == ("fail", "1 of 23 values differ")
    assert (risk["worst"]["case"], risk["worst"]["index"]) == ("test_data_set_1", [0, 0])
    assert risk["max_abs"] == pytest.approx(2 * abs(risk["worst"]["got"]), rel=1e-5)
    assert risk["max_rel"] == pytest.approx(2, rel=1e-5)
    assert diagnosis["status"] == "pass"


def test_a_damaged_golden_vector_is_no_answer(copied: Project) -> None:
    path = copied.folder / "model/golden/test_data_set_0/input_0.bin"
    path.write_bytes(path.read_bytes() + b"\0")
    ended = copied.call("verify")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said(ended) == (
        "the golden vector model/golden/test_data_set_0/input_0.bin cannot be read, or has another "
        "size than 64 bytes\n"
    )


def test_nothing_is_loaded_from_a_network(project: Project) -> None:
    """In a network namespace of its own a process reaches nobody."""
    apart = ("unshare", "--user", "--map-root-user", "--net")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives no process a network of its own (unshare)")
    verify = str(project.sanitized / "verify")
    host_projects.run(project.folder, project.runtime, (*apart, verify))


def test_names_types_and_sizes_of_every_awkward_kind(tmp_path: Path) -> None:
    export_bundle(odd_model(), tmp_path / "bundle", formats=("onnx",))
    odd = native_projects.project(tmp_path / "bundle", "c", "onnxruntime", tmp_path / "project")
    odd.build_sanitized()
    assert "dimension: dimension 1 of input 'class' is 0; give at least 1" in odd.clean("bad_input")
    report = json.loads(odd.clean("verify"))
    assert report["model"] == "Odd model, v2"
    assert [row["status"] for row in report["outputs"]] == ["pass"] * 6
    assert [row["name"] for row in report["outputs"]][:3] == ["risk %", "图像", 'say "*/" <b>']


def test_a_bundle_without_a_saved_model_says_so(exported: Path, tmp_path: Path) -> None:
    made = native_projects.project(exported, "c", "tensorflow", tmp_path / "project")
    made.build_sanitized()
    ended = made.call("verify")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "the bundle that this client was made from has no saved_model; export it" in ended.stderr


def test_the_checksum_is_sha256(exported: Path, tmp_path: Path) -> None:
    """Lengths around the block's, the padding's and several blocks."""
    embed_bundle(exported, "c", tmp_path / "project")
    program = tmp_path / "main.c"
    program.write_text(
        """
        #include <stdio.h>
        #include "sha256.h"
        int main(void)
        {
          uint8_t byte;
          char digits[65];
          small_sha256 hash;
          small_sha256_start(&hash);
          while (fread(&byte, 1, 1, stdin) == 1) {
            small_sha256_add(&hash, &byte, 1);
          }
          small_sha256_finish(&hash, digits);
          puts(digits);
          return 0;
        }
        """,
        encoding="utf-8",
    )
    source = tmp_path / "project" / "src"
    flags = (*STRICT, *SANITIZE, "-std=c99", "-I", str(source))
    built = ("cc", *flags, str(program), str(source / "sha256.c"), "-o", str(tmp_path / "main"))
    subprocess.run(built, check=True, timeout=60)
    generator = np.random.default_rng(0)
    for length in (0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000):
        data = generator.bytes(length)
        found = subprocess.run(
            (str(tmp_path / "main"),), input=data, capture_output=True, check=True
        )
        assert found.stdout.decode().strip() == hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def texts_bundle(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bundle whose input `words` is made of texts."""
    target = tmp_path_factory.mktemp("texts") / "bundle"
    return hostile_texts.with_words(exported, target, hostile_texts.hostile_texts())


def test_a_project_with_a_vocabulary_passes_its_own_tests(
    texts_bundle: Path, tmp_path: Path
) -> None:
    made = native_projects.project(texts_bundle, "c", "onnxruntime", tmp_path / "project")
    made.build_sanitized()
    assert made.clean("words").endswith("the words and ids are Python's\n")
    assert json.loads(made.clean("verify"))["passed"] is True


@pytest.mark.parametrize("kind", ["hostile_texts", "broken_texts", "real_texts"])
def test_texts_give_the_same_words_and_ids_as_in_python(
    kind: str, texts_bundle: Path, tmp_path: Path
) -> None:
    texts = getattr(hostile_texts, kind)()
    (tmp_path / "expected.bin").write_bytes(hostile_texts.expected_bytes(texts, texts_bundle))
    embed_bundle(texts_bundle, "c", tmp_path / "project")
    project, program = tmp_path / "project", str(tmp_path / "prove")
    includes = ("-I", str(project / "include"), "-I", str(project / "src"))
    sources = (str(project / "src" / "words.c"), str(PROVE))
    built = ("cc", "-std=c99", "-O1", *STRICT, *SANITIZE, *includes, *sources, "-o", program)
    subprocess.run(built, check=True, timeout=120)
    ended = subprocess.run(
        (program, str(tmp_path / "expected.bin")), capture_output=True, check=False, timeout=600
    )
    assert ended.stdout.decode("utf-8", "replace") == f"{len(texts)} texts, 0 differ\n"
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_project_with_preprocessing_passes_its_own_tests(exported: Path, tmp_path: Path) -> None:
    examples = ["", "a b", "Don't!", "\0", *hostile_texts.drawn_texts(20)[:20]]
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", examples)
    made = native_projects.project(bundle, "c", "onnxruntime", tmp_path / "project")
    native_projects.check_as_the_readme_says(made)
    made.build_sanitized()
    out = made.clean("prepare")
    assert out.endswith("the rules give what Keras gave\n")
    assert "name-missing: string 0 of input 'comment' is NULL; give a text, which may be" in out
    assert "dtype: string 0 of input 'tags' is no UTF-8 at byte 0; give texts in UTF-8\n" in out
    lines = made.clean("example").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["risk", *["diagnosis"] * 3]
    assert "all refused, and the next call worked" in made.clean("bad_input")
    assert json.loads(made.clean("verify"))["passed"] is True


def test_layers_for_strings_become_rules_of_the_project(tmp_path: Path) -> None:
    bundle = native_projects.texts_bundle(tmp_path / "bundle", "onnx", "saved_model")
    made = native_projects.project(bundle, "c", "tensorflow", tmp_path / "project")
    native_projects.check_as_the_readme_says(made)
    made.build_sanitized()
    out = made.clean("prepare")
    assert out.endswith("the rules give what Keras gave\n")
    assert (
        "token: 'no word of any vocabulary\x01' in string 0 of input 'grade' is not in the "
        "vocabulary, which has no place for unknown strings; give strings of the vocabulary\n"
    ) in out
    assert made.clean("example").count("score: ") == 2


def test_rules_give_what_the_reference_gives(exported: Path, tmp_path: Path) -> None:
    texts = hostile_texts.drawn_texts(2000)
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a"])
    (tmp_path / "expected.bin").write_bytes(preparation_rules.expected_bytes(texts))
    embed_bundle(bundle, "c", tmp_path / "project")
    source, program = tmp_path / "project" / "src", str(tmp_path / "prove")
    includes = ("-I", str(source.parent / "include"), "-I", str(source))
    names = ("prepare", "rules", "texts", "encoding", "fingerprint")
    sources = (*(str(source / f"{name}.c") for name in names), str(PROVE_RULES))
    built = ("cc", "-std=c99", "-O1", *STRICT, *SANITIZE, *includes, *sources, "-o", program)
    subprocess.run(built, check=True, timeout=120)
    ended = subprocess.run(
        (program, str(tmp_path / "expected.bin")), capture_output=True, check=False, timeout=600
    )
    assert ended.stdout.decode("utf-8", "replace") == f"{len(texts)} texts, 0 differ\n"
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_the_tables_are_those_of_unicode_14() -> None:
    if unicodedata.unidata_version != unicode_tables.VERSION:
        pytest.skip(f"this Python has Unicode {unicodedata.unidata_version}")
    for path, make in unicode_tables.OUTPUTS:
        assert path.read_text(encoding="utf-8") == make(), f"{path.name}: run `nox -s unicode`"
