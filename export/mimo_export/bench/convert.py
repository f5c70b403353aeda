"""Make what the peers run out of a bundle's `model.keras`; each in a process of its own.

A converter may raise anything: its process then ends, and the end of its log is the reason that
the peer's row shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimo_export.bench.runner import Request
from mimo_export.bench.timing import peak_memory

Conversion = Callable[[Any, Request, Path, Sequence[int]], None]


def make(name: str, request: Request, target: Path, batches: Sequence[int]) -> dict[str, Any]:
    """Make one artifact; return how long that took after imports and loading, and the memory.

    Args:
        name: One of `CONVERSIONS`.
        request: Where the model is (`path`), and its contract.
        target: The file or folder to write.
        batches: That the artifact will be asked for.
    """
    from mimo_export.bench import keras_runner

    model = keras_runner.load_model(request)
    started = time.perf_counter()
    CONVERSIONS[name](model, request, target, batches)
    return {"seconds": time.perf_counter() - started, "peak_bytes": peak_memory()}


def _keras_export(model: Any, request: Request, target: Path, _batches: Sequence[int]) -> None:
    from mimo_export.interface import call_by_name

    # Keras exports no model from a file that it has not called.
    call_by_name(model, {spec.name: _zeros(spec) for spec in request.signature.inputs})
    model.export(str(target), format="onnx", verbose=False)


def _zeros(spec: Any) -> Any:
    shape = [1, *(size if isinstance(size, int) else 8 for size in spec.shape)]
    return np.zeros(shape, spec.dtype)


def _jax2onnx(model: Any, request: Request, target: Path, _batches: Sequence[int]) -> None:
    import jax
    from jax2onnx import to_onnx

    from mimo_export.interface import interface_of

    interface = interface_of(model)
    specs = request.signature.inputs
    names = [spec.name for spec in specs]

    def call(*tensors: Any) -> tuple[Any, ...]:
        return tuple(interface.call(dict(zip(names, tensors, strict=True))).values())

    inputs = [jax.ShapeDtypeStruct(("batch", *spec.shape), np.dtype(spec.dtype)) for spec in specs]
    to_onnx(call, inputs=inputs, input_names=names, return_mode="file", output_path=str(target))


def _saved_model(model: Any, request: Request, target: Path, _batches: Sequence[int]) -> None:
    from mimo_export import saved_model

    saved_model.write_saved_model(model, request.signature, target)


def _tf2onnx(model: Any, request: Request, target: Path, batches: Sequence[int]) -> None:
    from mimo_export import tf2onnx_route

    folder = target.with_suffix(".saved_model")
    _saved_model(model, request, folder, batches)
    tf2onnx_route.convert(folder, request.signature, target)


def _litert(model: Any, request: Request, target: Path, batches: Sequence[int]) -> None:
    import tensorflow as tf

    from mimo_export.interface import interface_of

    interface = interface_of(model)
    specs = request.signature.inputs
    names = [spec.name for spec in specs]

    def call(*tensors: Any) -> Any:
        return interface.call(dict(zip(names, tensors, strict=True)))

    traced = tf.function(call)
    target.mkdir()
    for batch in batches:
        tensors = [tf.TensorSpec((batch, *spec.shape), spec.dtype, spec.name) for spec in specs]
        module = tf.Module()
        # TensorFlow's own variables: what Keras wraps around them is not seen by the saver.
        module.kept = [variable.value for variable in model.variables]
        folder = str(target.with_suffix(f".{batch}"))
        tf.saved_model.save(module, folder, signatures=traced.get_concrete_function(*tensors))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        (target / f"{batch}.tflite").write_bytes(converter.convert())


CONVERSIONS: dict[str, Conversion] = {
    "keras_export": _keras_export,
    "jax2onnx": _jax2onnx,
    "saved_model": _saved_model,
    "tf2onnx": _tf2onnx,
    "litert": _litert,
}
