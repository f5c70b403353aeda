"""A generated Node.js project: strict types, its own tests, Keras's answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import host_projects
import hostile_texts
import preparation_rules
import pytest
from host_models import odd_model

from mimo_export import export_bundle
from mimo_export.hosts.language import find_language

MISSING = host_projects.missing_tools("node")
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
(RUNTIME,) = find_language("node").runtimes


@pytest.fixture(scope="module")
def project(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a built project around the small bundle; not to be written to."""
    return host_projects.made(exported, "node", tmp_path_factory.mktemp("hosts") / "small")


@pytest.fixture(scope="module")
def odd_project(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """Give a built project around a bundle with names, types and sizes of every awkward kind."""
    folder = tmp_path_factory.mktemp("odd")
    export_bundle(odd_model(), folder / "bundle", formats=("onnx",))
    host_projects.embed_bundle(folder / "bundle", "node", folder / "project")
    (folder / "project" / "node_modules").symlink_to(project / "node_modules")
    host_projects.run(folder / "project", RUNTIME, ("npm", "run", "build"))
    return folder / "project"


@pytest.fixture
def copied(project: Path, tmp_path: Path) -> Path:
    """Give a project that a test may damage."""
    shutil.copytree(project, tmp_path / "copy", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "copy" / "node_modules").symlink_to(project / "node_modules")
    return tmp_path / "copy"


def verify(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        RUNTIME.verify, cwd=project, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", ["project", "odd_project"])
def test_wrong_inputs_and_files_are_typed_errors_and_the_next_call_works(
    name: str, request: pytest.FixtureRequest
) -> None:
    out = host_projects.run(request.getfixturevalue(name), RUNTIME, RUNTIME.test)
    assert "# fail 0\n" in out
    assert int(out.split("# pass ")[1].split()[0]) > 30


@pytest.mark.parametrize("name", ["project", "odd_project"])
def test_the_golden_vectors_agree(name: str, request: pytest.FixtureRequest) -> None:
    report = host_projects.verified(request.getfixturevalue(name), RUNTIME)
    assert report["passed"] is True
    for row in report["outputs"]:
        assert row["status"] == "pass"
        assert row["values"] > 0
        assert row["passing_tolerance"] <= report["tolerance"]["atol"]


def test_the_minimal_program_runs(project: Path) -> None:
    out = host_projects.run(project, RUNTIME, ("node", "dist/main.js"))
    assert out.startswith("risk [ 1, 1 ] Float32Array(1)")
    assert "diagnosis [ 1, 3 ] Float32Array(3)" in out


def test_a_wrong_answer_is_found_and_measured(copied: Path) -> None:
    path = copied / "model/golden/test_data_set_1/output_0.bin"
    content = bytearray(path.read_bytes())
    content[3] ^= 0x80  # the sign of the first number
    path.write_bytes(content)
    ended = verify(copied)
    report = json.loads(ended.stdout)
    assert (ended.returncode, report["passed"]) == (1, False)
    risk, diagnosis = report["outputs"]
    assert (risk["status"], risk["reason"]) == ("fail", "1 of 23 values differ")
    assert (risk["worst"]["case"], risk["worst"]["index"]) == ("test_data_set_1", [0, 0])
    assert risk["worst"]["expected"] == pytest.approx(-risk["worst"]["got"], rel=1e-5)
    assert risk["max_abs"] == pytest.approx(2 * abs(risk["worst"]["got"]), rel=1e-5)
    assert risk["max_rel"] == pytest.approx(2, rel=1e-5)
    assert diagnosis["status"] == "pass"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model/model.onnx", "error: the model's file cannot be read: ENOENT"),
        ("model/golden/cases.json", "ENOENT"),
    ],
)
def test_a_missing_file_is_an_error_of_its_own_exit_code(
    copied: Path, name: str, message: str
) -> None:
    (copied / name).unlink()
    ended = verify(copied)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr


def test_nothing_is_loaded_from_a_network(copied: Path) -> None:
    """In a network namespace of its own a process reaches nobody."""
    apart = ("unshare", "--user", "--map-root-user", "--net")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives no process a network of its own (unshare)")
    host_projects.run(copied, RUNTIME, (*apart, *RUNTIME.verify))


def test_numbers_of_other_types_are_taken_where_nothing_is_lost(odd_project: Path) -> None:
    program = """
        import { Model } from "./dist/client.js";
        const model = await Model.load();
        const grid = { data: [1, 2, 3, 4, 5, 6], dims: [1, 2, 3] };
        const flags = { data: [true, false], dims: [1, 2] };
        const half = { data: new Uint16Array([0x3c00, 0x4000]), dims: [1, 2] };
        const given = (data) => ({
          myInput0: grid, classInput: { data, dims: [1, 2] }, groe: flags, thenInput: half,
        });
        const found = [];
        for (const data of [new BigInt64Array([1n, 8n]), [1, 8], [1n, 8], new Int8Array([1, 8])]) {
          found.push([...(await model.run(given(data))).risk.data]);
        }
        const wrong = [[1.5, 2], ["1", "2"], [1], new Float32Array([1, 2]), [1, 2 ** 53], [1, 9]];
        for (const data of wrong) {
          const error = await model.run(given(data)).catch((error) => error);
          found.push([error.code, error.input, error.got]);
        }
        const out = await model.run(given([5, 1]));
        for (const { data } of [out.half, out.sayB]) found.push(data.constructor.name);
        found.push([...out.sayB.data]);
        await model.release();
        console.log(JSON.stringify(found));
    """
    (odd_project / "numbers.mjs").write_text(program)
    found = json.loads(host_projects.run(odd_project, RUNTIME, ("node", "numbers.mjs")))
    assert found[0] == found[1] == found[2] == found[3]
    assert found[4:10] == [
        ["dtype", "class", "1.5 at element 0"],
        ["dtype", "class", '"1" at element 0'],
        ["count", "class", "1"],
        ["dtype", "class", "Float32Array"],
        ["dtype", "class", "9007199254740992 at element 1"],
        ["token", "class", "9 at [0, 1]"],
    ]
    assert found[10:] == ["Uint16Array", "Uint8Array", [1, 0]]


@pytest.fixture(scope="module")
def texts_project(
    exported: Path, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Give a bundle whose input `words` is made of texts, and a built project around it."""
    folder = tmp_path_factory.mktemp("texts")
    bundle = hostile_texts.with_words(exported, folder / "bundle", hostile_texts.hostile_texts())
    host_projects.embed_bundle(bundle, "node", folder / "project")
    (folder / "project" / "node_modules").symlink_to(project / "node_modules")
    host_projects.run(folder / "project", RUNTIME, ("npm", "run", "build"))
    return bundle, folder / "project"


def test_a_project_with_a_vocabulary_passes_its_own_tests(
    texts_project: tuple[Path, Path],
) -> None:
    out = host_projects.run(texts_project[1], RUNTIME, RUNTIME.test)
    assert "# fail 0\n" in out
    assert "the words and ids of the examples are Python's" in out


PROVE = """
    import { createHash } from "node:crypto";
    import { createReadStream } from "node:fs";
    import { createInterface } from "node:readline";
    import { Words } from "./dist/client.js";
    const words = await Words.load();
    const found = { texts: 0, differ: [] };
    for await (const line of createInterface({ input: createReadStream("expected.jsonl") })) {
      const { text, words: wanted, ids } = JSON.parse(line);
      const split = createHash("sha256").update(words.split(text).join("\\n")).digest("hex");
      const same = split === wanted && String(words.ids([text]).data) === String(ids);
      if (!same) found.differ.push(text.slice(0, 100));
      found.texts++;
    }
    console.log(JSON.stringify(found));
"""


@pytest.mark.parametrize("kind", ["hostile_texts", "broken_texts", "real_texts"])
def test_texts_give_the_same_words_and_ids_as_in_python(
    kind: str, texts_project: tuple[Path, Path]
) -> None:
    bundle, project = texts_project
    texts = getattr(hostile_texts, kind)()
    (project / "expected.jsonl").write_text(hostile_texts.expected_lines(texts, bundle))
    (project / "prove.mjs").write_text(PROVE)
    found = json.loads(host_projects.run(project, RUNTIME, ("node", "prove.mjs")))
    assert found == {"texts": len(texts), "differ": []}


PREPARE = """
    import { createReadStream } from "node:fs";
    import { createInterface } from "node:readline";
    import { Preparation } from "./dist/prepare.js";
    import { apply } from "./dist/rules.js";
    const { rules } = await Preparation.load();
    const found = { texts: 0, differ: [] };
    const flat = (rows) => ({
      data: [rows].flat(9),
      dims: Array.isArray(rows[0]) ? [1, rows[0].length] : [1],
    });
    for await (const line of createInterface({ input: createReadStream("expected.jsonl") })) {
      const { given, made } = JSON.parse(line);
      const sources = { comment: flat(given.comment), tags: flat(given.tags) };
      sources.code = { data: given.code.map(BigInt), dims: [1] };
      rules.forEach((rule, place) => {
        const { data } = apply(rule, rule.sources.map((name) => sources[name]));
        const same = data.length === made[place].length
          && Array.from(data).every((item, i) => String(item) === String(made[place][i]));
        if (!same) found.differ.push([rule.output.name, given.comment[0].slice(0, 100)]);
      });
      found.texts++;
    }
    console.log(JSON.stringify(found));
"""


def test_a_project_with_preprocessing_takes_strings_as_the_reference_does(
    exported: Path, project: Path, tmp_path: Path
) -> None:
    texts = hostile_texts.drawn_texts(2000)
    examples = ["", "a b", "Don't!", "\0", *texts[:20]]
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", examples)
    made = tmp_path / "project"
    host_projects.embed_bundle(bundle, "node", made)
    (made / "node_modules").symlink_to(project / "node_modules")
    host_projects.run(made, RUNTIME, ("npm", "run", "build"))
    out = host_projects.run(made, RUNTIME, RUNTIME.test)
    assert "# fail 0\n" in out
    assert "the rules give for every example what Keras gives" in out
    assert host_projects.verified(made, RUNTIME)["passed"] is True
    host_projects.run(made, RUNTIME, ("node", "dist/main.js"))
    (made / "expected.jsonl").write_text("\n".join(preparation_rules.expected_lines(texts)))
    (made / "prepare.mjs").write_text(PREPARE)
    found = json.loads(host_projects.run(made, RUNTIME, ("node", "prepare.mjs")))
    assert found == {"texts": len(texts), "differ": []}
