"""The layout explains the program: mirrors, sizes, one door to private Keras, short faces."""

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "mimo_portable": ROOT / "mimo_portable",
    "mimo_export": ROOT / "export" / "mimo_export",
    "keras_onnx": ROOT / "export" / "keras_onnx",
}
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
LONGEST_FACE = 10


def sources():
    return [
        pytest.param(name, path, id=f"{name}/{path.relative_to(folder)}")
        for name, folder in PACKAGES.items()
        for path in sorted(folder.rglob("*.py"))
    ]


def mirror(name, path):
    inside = path.relative_to(PACKAGES[name]).with_name(f"test_{path.stem}.py")
    return ROOT / "tests" / name / inside


@pytest.mark.parametrize(("name", "path"), sources())
def test_a_source_has_its_mirror(name, path):
    if path.stem.startswith("_"):
        return  # an inner module is tested through what it serves
    assert mirror(name, path).is_file(), f"{mirror(name, path).relative_to(ROOT)} is missing"


@pytest.mark.parametrize(("name", "path"), sources())
def test_a_source_is_short(name, path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            code = (node.end_lineno or 0) - node.body[0].lineno + 1
            if ast.get_docstring(node):
                code -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
            assert code <= LONGEST_FUNCTION, f"{node.name} has {code} lines"


@pytest.mark.parametrize(("name", "path"), sources())
def test_private_keras_is_imported_in_two_files(name, path):
    found = re.findall(r"^\s*(?:from|import) keras\.src", path.read_text("utf-8"), re.MULTILINE)
    # `_keras_private` keeps the differences of versions out of the switch.
    # A plugin of Keras is made of what Keras keeps private.
    plugin = name == "keras_onnx"
    assert plugin or not found or path.name in ("_switch.py", "_keras_private.py")


def test_every_test_mirrors_a_source():
    exact = {mirror(p.values[0], p.values[1]) for p in sources()}
    # An inner module may be tested under its name without the underscore.
    known = exact | {path.with_name(path.name.replace("test__", "test_")) for path in exact}
    allowed = {"layers", "conformance"}  # batteries over Keras's own layers and tests
    languages = (PACKAGES["mimo_export"] / "hosts").glob("*/host.toml")
    hosts = ROOT / "tests" / "mimo_export" / "hosts"
    known |= {hosts / p.parent.name / f"test_{p.parent.name}.py" for p in languages}
    strays = [
        path.relative_to(ROOT)
        for name in PACKAGES
        for path in sorted((ROOT / "tests" / name).rglob("test_*.py"))
        if path not in known
        and not allowed & set(path.parts)
        and path.stem not in ("test_readme", "test_init")
    ]
    assert strays == []


@pytest.mark.parametrize("name", PACKAGES)
def test_the_public_face_is_short_and_there(name):
    package = importlib.import_module(name)
    face = getattr(package, "__all__", [])
    assert len(face) <= LONGEST_FACE
    assert [public for public in face if not hasattr(package, public)] == []
