"""Call a Keras model as each backend compiles it: `jax.jit`, `tf.function`, `torch.compile`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mimo_export.bench.runner import Arrays, Request, Result, Runner


def start(threads: int) -> None:
    """Import Keras with its backend, and tell the backend how many threads it may use."""
    import os

    backend = os.environ["KERAS_BACKEND"]
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    if backend == "torch":
        import torch

        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
    import keras  # noqa: F401 - a process of another family does without

    from mimo_export import jobs  # noqa: F401 - as above


def load_model(request: Request) -> Any:
    """Return the Keras model that the files of the bundle are of."""
    from mimo_export.archive import load_keras
    from mimo_export.preprocessing.border import cut

    model = load_keras(request.path)
    return cut(model).behind if request.beside else model


def load(request: Request) -> Runner:
    """Load the model and compile its call."""
    import keras

    from mimo_export.interface import interface_of

    interface = interface_of(load_model(request))
    compiled = {"jax": _jax, "tensorflow": _tensorflow, "torch": _torch}
    return Runner(compiled[keras.backend.backend()](interface))


Bind = Callable[[Arrays], Callable[[], Result]]


def _jax(interface: Any) -> Bind:
    import jax
    import keras

    variables = interface.model.variables
    values = [variable.value for variable in variables]

    def call(values: Any, inputs: Any) -> Any:
        with keras.StatelessScope(list(zip(variables, values, strict=True))):
            return interface.call(inputs)

    function = jax.jit(call)

    def bind(arrays: Arrays) -> Callable[[], Result]:
        # np.asarray waits for the result.
        return lambda: {k: np.asarray(v) for k, v in function(values, dict(arrays)).items()}

    return bind


def _tensorflow(interface: Any) -> Bind:
    import tensorflow as tf

    # One trace for every batch, as the files have one graph for all of them.
    specs = {s.name: _tf_spec(tf, s) for s in interface.inputs}
    function = tf.function(interface.call, input_signature=[specs])

    def bind(arrays: Arrays) -> Callable[[], Result]:
        def run() -> Result:
            tensors = {name: tf.constant(array) for name, array in arrays.items()}
            return {name: value.numpy() for name, value in function(tensors).items()}

        return run

    return bind


def _tf_spec(tf: Any, spec: Any) -> Any:
    shape = [None, *(size if isinstance(size, int) else None for size in spec.shape)]
    return tf.TensorSpec(shape, spec.dtype, name=spec.name)


def _torch(interface: Any) -> Bind:
    import torch

    function = torch.compile(interface.call)

    def bind(arrays: Arrays) -> Callable[[], Result]:
        def run() -> Result:
            with torch.inference_mode():
                tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
                return {name: value.numpy() for name, value in function(tensors).items()}

        return run

    return bind
