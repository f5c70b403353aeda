"""Every job of the project: `nox -l` lists them, `nox` runs what a change must pass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

PROJECT = nox.project.load_toml("pyproject.toml")
MODELS = ("sentiment", "forecast", "medical")
NIGHTLY = {"keras": "keras-nightly", "onnx": "onnx-weekly"}
NIGHTLY_TESTS = (
    "tests/mimo_export/backend",
    "tests/mimo_export/keras_model",
    "tests/mimo_export/layers",
    "tests/mimo_export/test_onnx.py",
    "tests/test_golden_graphs.py",
)
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": ""}


@nox.session(name="tests-jax")
def tests_jax(session: nox.Session) -> None:
    """Run the tests with Keras on JAX, in an environment without the other backends."""
    _tests(session, "jax", "jax")


@nox.session(name="tests-torch")
def tests_torch(session: nox.Session) -> None:
    """Run the tests with Keras on PyTorch, in an environment without the other backends."""
    _tests(session, "torch", "torch")


@nox.session(name="tests-tensorflow")
def tests_tensorflow(session: nox.Session) -> None:
    """Run the tests with Keras on TensorFlow, SavedModel and tf2onnx included."""
    _tests(session, "tensorflow", "tensorflow,savedmodel")


@nox.session
def parity(session: nox.Session) -> None:
    """Compare all three backends in one environment: training, files, SavedModels."""
    _install(session, "all", "test")
    session.run("pytest", "-m", "parity", *session.posargs, env={**QUIET, "KERAS_BACKEND": "jax"})


@nox.session(default=False)
def hosts(session: nox.Session) -> None:
    """Build generated projects in other languages and run their tests; what is missing is skipped.

    `-- -k node` runs one language alone. npm and the compilers are the machine's own.
    """
    _install(session, "jax,savedmodel", "test")
    # Without its dependencies: one of them reports to its makers.
    session.install("--no-deps", "openvino>=2025", "-c", "constraints.txt")
    session.run("pytest", "-m", "hosts", *session.posargs, env={**QUIET, "KERAS_BACKEND": "jax"})


@nox.session(default=False)
def serving(session: nox.Session) -> None:
    """Let Triton's messages, MLflow and TensorFlow read what is laid out for them."""
    _install(session, "jax,savedmodel", "test", "serving")
    env = {**QUIET, "KERAS_BACKEND": "jax"}
    session.run("pytest", "tests/mimo_export/test_serving.py", *session.posargs, env=env)


@nox.session(default=False)
def runtimes(session: nox.Session) -> None:
    """Replay the golden vectors of bundles in every runtime: `-- BUNDLE ...`."""
    _install(session, "all")
    session.install("--no-deps", "openvino>=2025", "-c", "constraints.txt")
    for bundle in session.posargs:
        _cli(session, "verify", bundle, "--runtime", "all", "--saved-model")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and the direction of imports."""
    session.install(".", *_group("lint"), "-c", "constraints.txt")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy in strict mode."""
    session.install("-e", ".", *_group("types"), "-c", "constraints.txt")
    session.run("mypy")


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel, install it in a fresh environment and use it outside of the checkout."""
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "pip", "wheel", ".", "--no-deps", "-w", str(dist), silent=True)
    (wheel,) = dist.glob("*.whl")
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.install(f"{wheel}[jax]", "-c", "constraints.txt")
    _use_installed(session, Path(session.create_tmp()) / "outside")


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Do the main job: train the three models, export them, verify the bundles."""
    _install(session, "jax,savedmodel")
    runs, bundles = Path("runs"), Path("bundles")
    for model in MODELS:
        _cli(session, "train", model, "--out", runs / model, *session.posargs)
        _cli(session, "export", runs / model, "-o", bundles / model)
        _cli(session, "verify", bundles / model, "--saved-model")
    for model in MODELS:
        session.log(f"{model}: {(bundles / model).resolve()}")


@nox.session(name="real-sets", default=False)
def real_sets(session: nox.Session) -> None:
    """Train each configuration on the real sets with each backend; write the README's table."""
    _install(session, "all")
    session.run("python", "benchmarks/real_sets.py", *session.posargs, env=QUIET)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Compare random models with Keras: 10,000, or `-- --graphs N --seed N`; keep what fails."""
    _install(session, "tensorflow", "test")
    env = {**QUIET, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": "tests"}
    session.run("python", "-m", "fuzz.run", "--out", "runs/fuzz", *session.posargs, env=env)


@nox.session(default=False)
def hostile(session: nox.Session) -> None:
    """Load every file of the hostile corpus under limits, or kinds of it: `-- zips sizes`."""
    _install(session, "tensorflow", "test")
    env = {**QUIET, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": "tests"}
    session.run("python", "-m", "hostile.run", *session.posargs, env=env)


@nox.session(default=False)
def applications(session: nox.Session) -> None:
    """Export every model of keras.applications, compare it with Keras and write a table."""
    _install(session, "tensorflow")
    env = {**QUIET, "KERAS_BACKEND": "tensorflow"}
    out = ("--out", "runs/applications")
    session.run("python", "benchmarks/applications.py", *out, *session.posargs, env=env)


@nox.session(default=False)
def training(session: nox.Session) -> None:
    """Time training steps on every backend, on PyTorch with Keras's own loop as well."""
    _install(session, "all")
    session.run("python", "benchmarks/training.py", *session.posargs, env=QUIET)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Time nine models beside other exports and runtimes; write RESULTS.md and its plots.

    `-- tagger export` measures these anew, `-- --page-only` none.
    """
    _install(session, "all", "bench")
    session.run("python", "benchmarks/speed.py", *session.posargs, env=QUIET)


@nox.session(default=False)
def extremes(session: nox.Session) -> None:
    """Hold operations at large sizes and on NaN and infinity against float64; write EXTREMES.md."""
    _install(session, "all")
    page = () if session.posargs else ("--page", "EXTREMES.md")
    session.chdir("benchmarks")
    session.run("python", "-m", "extremes", *page, *session.posargs, env=QUIET)


@nox.session(default=False)
def hub(session: nox.Session) -> None:
    """Export a small model of every backbone of KerasHub, compare it with Keras, write HUB.md."""
    _install(session, "all")
    # Without its dependencies: tensorflow-text brings the whole of TensorFlow, for tokenizers.
    session.install("--no-deps", *_group("hub"), "-c", "constraints.txt")
    page = () if session.posargs else ("--page", "benchmarks/HUB.md")
    arguments = ("--out", "runs/hub", *page, *session.posargs)
    session.run("python", "benchmarks/hub.py", *arguments, env=QUIET)


@nox.session(default=False)
def minimums(session: nox.Session) -> None:
    """Run the tests on JAX with the lowest versions that pyproject admits."""
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["jax"]]
    lowest = [name.replace(">=", "==") for name in wanted if ">=" in name]
    session.install("-e", ".[jax]", *_group("test"), *lowest)
    env = {**QUIET, "KERAS_BACKEND": "jax"}
    session.run("pytest", "-n", "2", "-m", "not parity and not hosts", *session.posargs, env=env)


@nox.session(default=False)
def nightly(session: nox.Session) -> None:
    """Run the tests that touch Keras on what is to come, and those of the plugin `keras_onnx`.

    That is Keras's nightly build and the newest JAX, ONNX and onnxruntime.

    The pre-releases of ONNX and Keras have other names than the packages that they replace, which
    pip installs for the project's sake; onnxruntime's are on no registry.
    """
    newest = ("jax", "jaxlib", "onnxruntime", "onnx-ir", "numpy", "ml-dtypes")
    session.install("--pre", "--upgrade", "-e", ".[jax]", *newest, *_group("test"))
    session.run("python", "-m", "pip", "uninstall", "-y", *NIGHTLY, *NIGHTLY.values())
    fresh = ("--pre", "--no-deps", "--upgrade", "--force-reinstall")
    session.install(*fresh, *NIGHTLY.values())
    wanted = session.posargs or NIGHTLY_TESTS
    env = {**QUIET, "KERAS_BACKEND": "jax"}
    session.run("pytest", "-n", "2", "-m", "not parity and not hosts", *wanted, env=env)
    if not session.posargs:
        env |= {"KERAS_BACKEND": "onnx"}
        session.run("pytest", "-p", "keras_onnx", "tests/keras_onnx", env=env)


@nox.session(default=False)
def golden(session: nox.Session) -> None:
    """Write the golden graphs anew; read the difference before you commit it."""
    _install(session, "jax", "test")
    session.run("python", "tests/golden_graphs.py", env={**QUIET, "KERAS_BACKEND": "jax"})


@nox.session(default=False, python="3.11")
def unicode(session: nox.Session) -> None:
    """Write the tables of Unicode 14.0 anew, which Python 3.11 has."""
    session.run("python", "tests/unicode_tables.py")


@nox.session(default=False)
def supported(session: nox.Session) -> None:
    """Write the table of supported functions and layers anew; read the difference."""
    _install(session, "jax,savedmodel", "test")
    session.run("python", "tests/supported_survey.py", env={**QUIET, "KERAS_BACKEND": "jax"})


@nox.session(name="archive-names", default=False)
def archive_names(session: nox.Session) -> None:
    """Write the list of Keras's names that a `.keras` file may use anew; review each new one."""
    _install(session, "jax", "test")
    env = {**QUIET, "KERAS_BACKEND": "jax"}
    session.run("python", "tests/archive_names_survey.py", env=env)


@nox.session(default=False)
def conformance(session: nox.Session) -> None:
    """Run Keras's own tests on the ONNX backend, static and dynamic; all of them write the table.

    They import the other backends too: those of dtypes ask JAX for its rules.
    """
    _install(session, "all", "test")
    env = {**QUIET, "PYTHONPATH": "tests", "KERAS_BACKEND": "tensorflow"}
    outs = {sizes: Path(session.create_tmp()) / sizes for sizes in ("static", "dynamic")}
    for sizes, out in outs.items():
        words = ["--dynamic"] if sizes == "dynamic" else []
        words += ["--out", str(out), *session.posargs]
        session.run("python", "-m", "conformance.run", *words, env=env)
    if not session.posargs:
        tables = [(out / "conformance.md").read_text(encoding="utf-8") for out in outs.values()]
        Path("tests/conformance/RESULTS.md").write_text("\n".join(tables), encoding="utf-8")


def _tests(session: nox.Session, backend: str, extras: str) -> None:
    _install(session, extras, "test")
    left_out = "not parity and not hosts" + ("" if backend == "jax" else " and not once")
    session.run(
        *("pytest", "-n", "2", "-m", left_out, *session.posargs),
        env={**QUIET, "KERAS_BACKEND": backend},
    )


def _install(session: nox.Session, extras: str, *groups: str) -> None:
    packages = [package for group in groups for package in _group(group)]
    session.install("-e", f".[{extras}]", *packages, "-c", "constraints.txt")


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, name))


def _cli(session: nox.Session, verb: str, *arguments: str | Path) -> None:
    session.run("mimo-portable", verb, *map(str, arguments), env=QUIET)


def _use_installed(session: nox.Session, outside: Path) -> None:
    """Train, export, verify and predict with the installed package, far from the sources."""
    shutil.rmtree(outside, ignore_errors=True)
    outside.mkdir()
    session.chdir(outside)
    _cli(session, "doctor")
    small = ("--epochs", "1", "--config", "lstm_units=4")
    session.run(
        *("mimo-portable", "train", "forecast", "--out", "run", *small),
        success_codes=[0, 1],  # one epoch need not beat the baseline; the files must be there
        env=QUIET,
    )
    _cli(session, "export", "run", "--format", "onnx", "-o", "bundle")
    _cli(session, "verify", "bundle")
    signature = json.loads(Path("bundle/signature.json").read_text(encoding="utf-8"))
    names = [output["name"] for output in signature["outputs"]]
    if names != ["output_1", "output_2", "output_3"]:
        session.error(f"the bundle's outputs are {names}")
