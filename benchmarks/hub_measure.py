"""One model of KerasHub after the other: build it, export it, hold it against Keras."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hub_models import ABSTRACT, MODELS
from hub_parts import Array, Small
from hub_result import KERAS, REFUSED, Result, write

Arrays = Mapping[str, Array]

TOLERANCE = 1e-5  # of the largest number of an output, and relative
BATCHES = (1, 3)
_LENGTHS = {"decoder": (4, 6), "": (7, 9)}
_WORDS = 20


def work(names: Sequence[str], out: Path) -> None:
    """Write the result of each model; `begun.json` says what was tried last."""
    import keras  # noqa: PLC0415 - the table can be written without a backend
    import keras_hub  # noqa: PLC0415 - as above

    unknown = _backbones(keras_hub) - ABSTRACT - {row.partition(" ")[0] for row in MODELS}
    if unknown:
        raise SystemExit(f"no small model of {', '.join(sorted(unknown))}: add it to its table")
    # Keras would end its messages with a list of arguments.
    keras.config.disable_traceback_filtering()
    for name in names:
        write(measure(name, MODELS[name], keras_hub, out), out)
        (out / "begun.json").unlink()
        keras.backend.clear_session()
        gc.collect()


def _backbones(package: Any) -> set[str]:
    base = package.models.Backbone
    found = vars(package.models).items()
    return {name for name, value in found if isinstance(value, type) and issubclass(value, base)}


def measure(name: str, small: Small, package: Any, out: Path) -> Result:
    """Build, export and compare one model; each step is noted before it is tried."""
    import keras  # noqa: PLC0415 - the table can be written without a backend

    from mimo_export.errors import UnsupportedOperationError  # noqa: PLC0415 - as above

    def begin(step: str) -> None:
        write(replace(result, error=step), out, "begun")

    result = Result(name, keras.backend.backend())
    begin(f"{KERAS} build it")
    model = built(small, package)
    rng = np.random.default_rng(0)
    randomise(model, rng)
    result = replace(result, parameters=model.count_params())
    inputs = [inputs_of(model, small, rng, run) for run in range(len(BATCHES))]
    begin(f"{KERAS} run it")
    wanted = _run_keras(model, inputs)
    begin("it cannot be exported")
    path = out / "model.onnx"
    try:
        result = replace(result, **_export(model, path))
    except UnsupportedOperationError as refusal:
        return replace(result, error=f"{REFUSED}: {refusal.what}")
    begin("its file cannot be run")
    found = _run_file(path, inputs)
    masked = _masked(path, inputs[-1], found[-1])
    path.unlink()
    begin("it cannot be compared")
    worst = max(map(difference, found, wanted))
    exact = rounding = None
    if not worst <= TOLERANCE and keras.backend.backend() != "jax":
        truth = _run_in_float64(small, package, model, inputs, [*wanted[0]])
        exact, rounding = max(map(difference, found, truth)), max(map(difference, wanted, truth))
    response = _response(wanted[-1])
    figures = {"difference": worst, "exact": exact, "rounding": rounding, "masked": masked}
    error = problem(worst, response, exact, rounding)
    return replace(result, **figures, response=response, error=error)


def built(small: Small, package: Any) -> Any:
    """Build a model, around which is another one if its sizes are fixed."""
    import keras  # noqa: PLC0415 - the table can be written without a backend

    model = small.part(package)
    if not small.fixed:
        return model
    inputs = {
        name: keras.Input(array.shape[1:], dtype=str(array.dtype), name=name)
        for name, array in inputs_of(model, small, np.random.default_rng(0), 0).items()
    }
    return keras.Model(inputs, model(inputs))


def _specs(model: Any) -> dict[str, Any]:
    from mimo_export.interface import interface_of  # noqa: PLC0415 - as above

    return {spec.name: spec for spec in interface_of(model).inputs}


def _export(model: Any, path: Path) -> dict[str, Any]:
    import onnx  # noqa: PLC0415 - the table can be written without it

    from mimo_export import export_onnx  # noqa: PLC0415 - as above

    started = time.process_time()  # other processes do not count
    export_onnx(model, path, verify=False)
    return {
        "seconds": time.process_time() - started,
        "nodes": len(onnx.load(path).graph.node),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def _run_keras(model: Any, inputs: Sequence[Arrays]) -> list[Arrays]:
    import keras  # noqa: PLC0415 - the table can be written without a backend

    from mimo_export import keras_runtime  # noqa: PLC0415 - as above

    # JAX compiles each operation of a call, TensorFlow the whole of a prediction: both take longer.
    jax = keras.backend.backend() == "jax"
    run = keras_runtime.run_by_name if jax else keras_runtime.call_by_name
    return [run(model, arrays) for arrays in inputs]


def _run_file(path: Path, inputs: Sequence[Arrays]) -> list[Arrays]:
    import onnxruntime  # noqa: PLC0415 - the table can be written without it

    session = onnxruntime.InferenceSession(str(path))
    names = [output.name for output in session.get_outputs()]
    return [dict(zip(names, session.run(None, arrays), strict=True)) for arrays in inputs]


def _masked(path: Path, arrays: Arrays, found: Arrays) -> float | None:
    """Return how far the outputs move when nothing is padding any more."""
    masks = {name: np.ones_like(value) for name, value in arrays.items() if is_mask(name)}
    if not masks:
        return None
    (plain,) = _run_file(path, [{**arrays, **masks}])
    return difference(plain, found)


def _run_in_float64(
    small: Small, package: Any, model: Any, inputs: Sequence[Arrays], names: Sequence[str]
) -> list[Arrays]:
    import keras  # noqa: PLC0415 - the table can be written without a backend

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        wide = built(small, package)
        wide.set_weights(model.get_weights())
        found = _run_keras(wide, [_widened(arrays) for arrays in inputs])
        # A second model of a kind may have other names.
        return [dict(zip(names, outputs.values(), strict=True)) for outputs in found]
    finally:
        keras.config.set_dtype_policy(before)


def _widened(arrays: Arrays) -> Arrays:
    return {k: v.astype("float64") if v.dtype == "float32" else v for k, v in arrays.items()}


def problem(worst: float, response: float, exact: float | None, rounding: float | None) -> str:
    """Return what is wrong with the figures of a result, or nothing."""
    # Both are sums of roundings in different orders: one may be twice the other, not ten times.
    decided = exact is not None and rounding is not None and exact <= 2 * rounding
    if not worst <= TOLERANCE and not decided:
        return f"differs by {worst:.2g}"
    return "" if response > 100 * TOLERANCE else "the outputs do not depend on the inputs"


def difference(found: Arrays, wanted: Arrays) -> float:
    """Return the largest difference of all outputs, in units of an output's largest number."""
    if list(found) != list(wanted):
        raise SystemExit(f"the file has the outputs {list(found)}, Keras {list(wanted)}")
    return max(_distance(found[name], wanted[name]) for name in wanted)


def _distance(found: Array, wanted: Array) -> float:
    if found.shape != wanted.shape:
        raise SystemExit(f"the file gives the shape {found.shape}, Keras {wanted.shape}")
    if not wanted.size:
        return 0.0
    gap = np.abs(found.astype("float64") - wanted.astype("float64"))
    beyond = np.maximum(gap - TOLERANCE * np.abs(wanted), 0)
    return float(beyond.max() / max(np.abs(wanted).max(), np.finfo("float32").tiny))


def _response(wanted: Arrays) -> float:
    """Return how far rows of an output differ, for the output that differs most."""
    return max(
        float(np.ptp(value.astype("float64"), axis=0).max() / max(np.abs(value).max(), 1e-30))
        for value in wanted.values()
        if value.size
    )


def randomise(model: Any, rng: np.random.Generator) -> None:
    """Give a model weights that are nowhere alike, of a size that lets signals through."""
    # The order of its variables is not the same on every backend.
    for variable in sorted(model.variables, key=lambda variable: variable.path):
        if "float" not in variable.dtype:
            continue
        shape, kind = tuple(variable.shape), variable.path.rpartition("/")[-1]
        if kind in ("gamma", "scale", "moving_variance", "variance"):
            value = rng.uniform(0.5, 1.5, shape)
        elif kind.endswith(("_min", "_max")):  # the ends of what is clipped, in this order
            value = rng.uniform(1, 2, shape) * (1 if kind.endswith("_max") else -1)
        elif len(shape) > 1 and "embedding" not in variable.path:
            inputs = np.prod(shape[:2] if "depthwise" in variable.path else shape[:-1])
            value = rng.normal(size=shape) * np.sqrt(2 / inputs)
        else:
            value = 0.3 * rng.normal(size=shape)
        variable.assign(value.astype("float32"))


def inputs_of(model: Any, small: Small, rng: np.random.Generator, run: int) -> dict[str, Array]:
    """Return values for every input of a model, of the sizes of the given run."""
    specs = _specs(model)
    masked = any(map(is_mask, specs))
    arrays = {}
    for name, spec in specs.items():
        if name in small.values:
            arrays[name] = small.values[name](rng, BATCHES[run]).astype(spec.dtype)
            continue
        shape = (BATCHES[run], *sizes_of(name, spec.shape, small, run))
        arrays[name] = values_of(name, shape, spec.dtype, rng, masked=masked)
    return arrays


def sizes_of(name: str, shape: Sequence[Any], small: Small, run: int) -> list[int]:
    """Return a shape with numbers in the place of its free dimensions."""
    free = sum(not isinstance(size, int) for size in shape)
    if name in small.lengths:
        given = small.lengths[name][run]
        sizes = iter(given if isinstance(given, tuple) else (given,))
    elif free == 2 and len(shape) == 3:
        sizes = iter(small.pictures[run])
    else:
        side = "decoder" if name.startswith("decoder") else ""
        sizes = iter([_LENGTHS[side][run]] * free)
    return [size if isinstance(size, int) else next(sizes) for size in shape]


def is_mask(name: str) -> bool:
    """Whether an input says what is padding."""
    return name.endswith(("padding_mask", "features_mask", "mel_mask"))


def values_of(
    name: str, shape: tuple[int, ...], dtype: str, rng: np.random.Generator, *, masked: bool
) -> Array:
    """Return values of the kind that the name of an input asks for."""
    if is_mask(name):
        return kept(rng, shape).astype(dtype)
    if "float" in dtype:
        return rng.normal(size=shape).astype(dtype)
    if name == "position_ids":
        return np.broadcast_to(np.arange(shape[-1]), shape).astype(dtype)
    if name.endswith("token_ids"):
        words = rng.integers(1, _WORDS, shape)
        # What is padding must not matter where a mask says so; else it is the word 0.
        return (words if masked else words * kept(rng, shape)).astype(dtype)
    return rng.integers(0, 2, shape).astype(dtype)


def kept(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return 1 up to an end that differs from row to row, then 0; the last row is whole.

    At most a third is padding: with a window of attention that is longer, every step sees a word.
    """
    length = shape[-1]
    ends = rng.integers(length - length // 3, length, shape[:-1])
    ends[-1:] = length if shape[0] > 1 else length - 1
    return (np.arange(length) < ends[..., None]).astype("int64")
