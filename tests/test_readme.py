"""What the READMEs tell people to type is what there is."""

import importlib
import re
import shlex
from pathlib import Path

import keras
import pytest
from keras import layers

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def marked(name):
    (command,) = re.findall(rf"<!-- {name} -->\n```bash\n(.*?)\n```", README, re.DOTALL)
    return command


def lines():
    return [line for block in blocks("bash") for line in block.splitlines()]


@pytest.mark.parametrize("name", ["demo", "test"])
def test_each_of_the_two_commands_is_one_line_in_an_environment_of_its_own(name):
    command = marked(name)
    assert "\n" not in command
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert not re.search(r"(^|\s)(sudo|pip) ", command)


def test_continuous_integration_runs_the_readmes_test_command():
    assert "<!-- test -->" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_sessions_that_are_named_exist():
    named = [match.split(" -- ")[0] for match in re.findall(r"nox -s ([^`#\n]+)", README)]
    known = re.findall(r'name="([\w-]+)"', NOXFILE) + re.findall(r"^def (\w+)\(", NOXFILE, re.M)
    assert named
    for session in " ".join(named).split():
        assert session in known


def test_the_sessions_of_the_backends_have_the_names_that_people_rely_on():
    assert re.findall(r'name="(tests-\w+)"', NOXFILE) == [
        "tests-jax",
        "tests-torch",
        "tests-tensorflow",
    ]


@pytest.mark.parametrize(
    "line", [line for line in lines() if line.startswith("mimo-portable ")], ids=str
)
def test_every_command_is_one_that_the_parser_takes(line):
    parser = importlib.import_module("mimo_portable.cli")._parser()
    words = shlex.split(line, comments=True)[1:]
    assert parser.parse_args(words).verb == words[0]


def test_the_python_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("python")
    x = keras.Input((4,), name="x")
    model = keras.Model(x, layers.Dense(2, name="y")(x))
    model.save("model.keras")
    exec(compile(example, "README.md", "exec"), {"model": model})  # noqa: S102
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "bundle",
        "model.keras",
        "model.onnx",
    ]


def test_links_to_files_lead_somewhere():
    for target in re.findall(r"\]\(\s*([\w./-]+)\)", README):
        assert (ROOT / target).exists(), target
