"""Export every model of `keras.applications` and hold it against Keras; write a Markdown table.

    KERAS_BACKEND=tensorflow python benchmarks/applications.py --out FOLDER [MODEL ...]

Each model is built with random weights for the smallest picture that it takes, in a process of its
own, written as ONNX and run by onnxruntime on several batches. What is compared are the scores
before the softmax, in units of the largest of them: random weights give no scale of their own.
Some networks of random weights multiply the rounding of float32 until Keras itself is further than
the tolerance from what it computes in float64: there the file may be twice as far from that.
A model whose result is in the folder is not run again. It exits with 1 where a model differs or
cannot be exported. JAX has no float64 by default: run it on TensorFlow or PyTorch.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

TOLERANCE = 1e-5  # of the largest score, and relative
BATCHES = (1, 3)
_SIZES = (32, 64, 71, 75, 96, 128, 224)
_PER_MB = 1024 if sys.platform == "linux" else 1024**2  # what ru_maxrss counts in


@dataclass(frozen=True)
class Result:
    """A row of the table.

    Attributes:
        model: Its name in keras.applications.
        size: Height and width of the picture.
        parameters: How many numbers its weights are.
        nodes: How many operators the file has.
        seconds: How long the export took.
        difference: The largest one from Keras, in units of the largest score.
        exact: The same from Keras in float64; None where there was no need to look.
        rounding: How far Keras itself is from that.
        response: How far scores differ between pictures, in the same units: a model that does not
            look at its input would agree with anything.
        peak: The most memory that the process held, in MB.
        error: Why there is no file, or what differs; empty if all is well.
    """

    model: str
    size: int = 0
    parameters: int = 0
    nodes: int = 0
    seconds: float = 0.0
    difference: float = 0.0
    response: float = 0.0
    peak: float = 0.0
    exact: float | None = None
    rounding: float | None = None
    error: str = ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, and write the table to standard output and to `applications.md`."""
    args = _parser().parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.one:
        _write(measure(args.one, args.out), args.out)
        return 0
    results = [_result(name, args.out) for name in args.models or names()]
    text = table(results)
    (args.out / "applications.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 1 if any(result.error for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", help="names in keras.applications; default: all")
    parser.add_argument("--out", required=True, type=Path, help="folder for results and the table")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser


def names() -> list[str]:
    """Return the names of all models of keras.applications."""
    import keras  # noqa: PLC0415 - the table can be written without a backend

    return [name for name, value in vars(keras.applications).items() if callable(value)]


def _result(name: str, out: Path) -> Result:
    path = out / f"{name}.json"
    if not path.exists():
        command = [sys.executable, __file__, "--one", name, "--out", str(out)]
        done = subprocess.run(  # noqa: S603
            command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            _write(Result(name, error=f"ended with {done.returncode}: {last}"), out)
    return Result(**json.loads(path.read_text(encoding="utf-8")))


def _write(result: Result, out: Path) -> None:
    (out / f"{result.model}.json").write_text(json.dumps(asdict(result)), encoding="utf-8")


def measure(name: str, out: Path, **options: Any) -> Result:
    """Build, export and compare one model; options are its constructor's own."""
    import onnx  # noqa: PLC0415 - the table can be written without it

    from mimo_export import export_onnx  # noqa: PLC0415 - as above
    from mimo_export.archive_config import check_config  # noqa: PLC0415 - as above

    model, size = smallest(name, options)
    rng = np.random.default_rng(0)
    randomise(model, rng)
    check_config(json.loads(model.to_json()), Path(f"{name}.keras"))  # what its file will hold
    path = out / f"{name}.onnx"
    started = time.perf_counter()
    export_onnx(model, path, verify=False)
    seconds = time.perf_counter() - started
    nodes = len(onnx.load(path, load_external_data=False).graph.node)
    inputs = [pictures(rng, batch, size) for batch in BATCHES]
    found, wanted = _run_file(path, inputs), _run_keras(model, inputs)
    path.unlink()
    worst = max(map(difference, found, wanted))
    response = float(np.abs(wanted[-1] - wanted[-1][:1]).max() / np.abs(wanted[-1]).max())
    parameters, exact, rounding = model.count_params(), None, None
    if not worst <= TOLERANCE:
        weights = model.get_weights()
        del model  # the larger one needs the room
        truth = _run_in_float64(name, options, weights, inputs)
        exact, rounding = max(map(difference, found, truth)), max(map(difference, wanted, truth))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB
    figures = (size, parameters, nodes, seconds, worst, response, peak, exact, rounding)
    return Result(name, *figures, error=_problem(worst, response, exact, rounding))


def _run_file(path: Path, inputs: Sequence[Array]) -> list[Array]:
    import onnxruntime  # noqa: PLC0415 - the table can be written without it

    session = onnxruntime.InferenceSession(str(path))
    name = session.get_inputs()[0].name
    return [session.run(None, {name: pixels})[0] for pixels in inputs]


def _run_keras(model: Any, inputs: Sequence[Array]) -> list[Array]:
    import keras  # noqa: PLC0415 - the table can be written without a backend

    return [keras.ops.convert_to_numpy(model(pixels, training=False)) for pixels in inputs]


def _run_in_float64(
    name: str, options: Mapping[str, Any], weights: Sequence[Array], inputs: Sequence[Array]
) -> list[Array]:
    import keras  # noqa: PLC0415 - the table can be written without a backend

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        model, _ = smallest(name, options)
        model.set_weights(weights)
        return _run_keras(model, [pixels.astype("float64") for pixels in inputs])
    finally:
        keras.config.set_dtype_policy(before)


def _problem(worst: float, response: float, exact: float | None, rounding: float | None) -> str:
    # Both are sums of roundings in different orders: one may be twice the other, not ten times.
    if exact is not None and rounding is not None and not exact <= 2 * rounding:
        return f"differs by {worst:.2g}"
    return "" if response > 100 * TOLERANCE else "the scores do not depend on the picture"


def difference(found: Array, wanted: Array) -> float:
    """Return the largest difference, less the relative tolerance, over the largest score."""
    beyond = np.abs(found - wanted) - TOLERANCE * np.abs(wanted)
    return float(np.maximum(beyond, 0).max() / np.abs(wanted).max())


def smallest(name: str, options: Mapping[str, Any]) -> tuple[Any, int]:
    """Build a model for the smallest picture that Keras admits."""
    import keras  # noqa: PLC0415 - the table can be written without a backend

    build = getattr(keras.applications, name)
    for size in _SIZES:
        fixed = {"weights": None, "classifier_activation": None}
        try:
            return build(input_shape=(size, size, 3), **fixed, **options), size
        except ValueError:
            if size == _SIZES[-1]:
                raise
    raise AssertionError("the loop returns or raises")


def randomise(model: Any, rng: np.random.Generator) -> None:
    """Give a model weights that are nowhere alike, and statistics of what passes through it.

    Without the statistics what passes would fade from layer to layer until nothing is left.
    """
    import keras  # noqa: PLC0415 - the table can be written without a backend

    for variable in model.variables:
        if "float" not in variable.dtype:
            continue
        shape, kind = tuple(variable.shape), variable.path.rpartition("/")[-1]
        if len(shape) > 1:
            inputs = np.prod(shape[:2] if "depthwise" in variable.path else shape[:-1])
            value = rng.normal(size=shape) * np.sqrt(2 / inputs)
        elif kind in ("gamma", "moving_variance", "variance"):
            # Below 1, with offsets beside it: a deep network then forgets roundings, as those do
            # that were trained, where one in which all is normal makes more of them.
            value = rng.uniform(0.4, 0.8, shape)
        else:
            value = 0.3 * rng.normal(size=shape)
        variable.assign(value.astype("float32"))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(pictures(rng, 32, model.input_shape[1]), training=True)


def pictures(rng: np.random.Generator, batch: int, size: int) -> Array:
    """Make pictures of coloured fields: noise alone looks the same everywhere to a network."""
    fields = rng.uniform(0, 255, (batch, 4, 4, 3))
    places = np.arange(size) * 4 // size
    noise = rng.uniform(0, 20, (batch, size, size, 3))
    return (fields[:, places][:, :, places] + noise).astype("float32")


def table(results: Sequence[Result]) -> str:
    """Return the Markdown table: a row for each model."""
    header = [
        *("model", "input", "parameters", "operators", "export", "largest difference"),
        *("from float64", "Keras from float64", "response", "peak memory", "agrees"),
    ]
    rows = [
        [
            result.model,
            f"{result.size} x {result.size}",
            f"{result.parameters / 1e6:.1f} M",
            str(result.nodes),
            f"{result.seconds:.1f} s",
            *map(_figure, (result.difference, result.exact, result.rounding)),
            f"{result.response:.2g}",
            f"{result.peak:.0f} MB",
            result.error or "yes",
        ]
        for result in results
    ]
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"


if __name__ == "__main__":
    raise SystemExit(main())
