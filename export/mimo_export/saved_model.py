"""Write, check and run a SavedModel: the only file that imports TensorFlow.

It is always written in a process on the TensorFlow backend, whichever backend trained the model:
what Keras writes on JAX is platform-locked (`XlaCallModule`), and on PyTorch nothing comes out at
all.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras

from mimo_export.backend import _switch
from mimo_export.contract import Signature
from mimo_export.errors import UnsupportedOperationError
from mimo_export.golden import Arrays, Case
from mimo_export.interface import interface_of
from mimo_export.keras_errors import keras_errors, reason_of
from mimo_portable.specs import TensorSpec

ENDPOINT = "serving_default"
# TensorFlow turns any other character into an underscore, without an error.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Python in the graph, code for one platform, and kernels that exist on a GPU alone.
_REFUSED_OPS = re.compile(r"XlaCallModule|.*PyFunc.*|Cudnn.*")


def write_saved_model(model: keras.Model, signature: Signature, folder: Path) -> None:
    """Write one endpoint with the contract's input and output names, dtypes and sizes.

    Raises:
        UnsupportedOperationError: A name that TensorFlow would change, or an operation that is not
            plain TensorFlow.
        OSError: The disk is full or cannot be written.
    """
    import tensorflow as tf

    _check_names(signature)
    specs = [
        tf.TensorSpec(
            [size if isinstance(size, int) else None for size in spec.sizes],
            spec.dtype,
            name=spec.name,
        )
        for spec in signature.inputs
    ]
    names = [spec.name for spec in signature.inputs]
    interface = interface_of(model)

    def serving_default(*tensors: Any) -> dict[str, Any]:
        return interface.call(dict(zip(names, tensors, strict=True)))

    archive = keras.export.ExportArchive()
    archive.track(model)
    try:
        with _switch.graph_scopes():
            archive.add_endpoint(ENDPOINT, serving_default, input_signature=specs)
    except keras_errors() as error:
        raise UnsupportedOperationError(
            f"TensorFlow cannot run the model: {reason_of(error)}",
            where=f"model '{model.name}', in a graph",
            remedy="write its layers with keras.ops alone, or export to ONNX alone (--format onnx)",
        ) from error
    with _disk_errors(folder), _switch.graph_scopes():  # Keras adds a function of its own
        archive.write_out(str(folder), verbose=False)
    _check_operations(folder)


def run_saved_model(folder: Path, cases: Sequence[Case]) -> tuple[Arrays, ...]:
    """Run every case through `tf.saved_model.load`, by name."""
    import tensorflow as tf

    # The loaded object owns the variables; the function alone does not keep them alive.
    loaded = tf.saved_model.load(str(folder))
    function = loaded.signatures[ENDPOINT]
    return tuple(
        {
            name: value.numpy()
            for name, value in function(
                **{k: tf.constant(v) for k, v in case.inputs.items()}
            ).items()
        }
        for case in cases
    )


def run_saved_model_v1(folder: Path, cases: Sequence[Case]) -> tuple[Arrays, ...]:
    """Run every case as TensorFlow Serving and the C API do, in a session."""
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.logging.set_verbosity(v1.logging.ERROR)  # that this loader is the old one is the point
    with tf.Graph().as_default(), v1.Session() as session:
        graph = v1.saved_model.load(session, [v1.saved_model.tag_constants.SERVING], str(folder))
        endpoint = graph.signature_def[ENDPOINT]
        fetches = {name: info.name for name, info in endpoint.outputs.items()}
        return tuple(
            session.run(
                fetches, {endpoint.inputs[name].name: array for name, array in case.inputs.items()}
            )
            for case in cases
        )


def saved_model_problems(folder: Path, signature: Signature) -> tuple[str, ...]:
    """Return how names, dtypes and dimensions of the endpoint differ from the contract."""
    endpoint = _read(folder).meta_graphs[0].signature_def[ENDPOINT]
    return (
        *_differences("inputs", endpoint.inputs, signature.inputs),
        *_differences("outputs", endpoint.outputs, signature.outputs),
    )


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn what TensorFlow makes of a full disk back into what the system said."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EACCES):
            if os.strerror(code) in str(error):
                raise OSError(code, os.strerror(code), str(folder)) from error
        raise


def _check_names(signature: Signature) -> None:
    for spec in (*signature.inputs, *signature.outputs):
        if not _NAME.fullmatch(spec.name):
            raise UnsupportedOperationError(
                f"the name '{spec.name}' is none that a SavedModel can keep",
                where=f"the model's {'inputs' if spec in signature.inputs else 'outputs'}",
                remedy="name it with letters, digits and underscores, or export to ONNX alone"
                " (--format onnx)",
            )


def _check_operations(folder: Path) -> None:
    import tensorflow as tf

    for name, op in _operations(folder):
        if _REFUSED_OPS.fullmatch(op) or not hasattr(tf.raw_ops, op):
            raise UnsupportedOperationError(
                f"the SavedModel would hold '{op}', which is not a plain TensorFlow operation",
                where=f"node '{name}'",
                remedy="write the layer with keras.ops instead of Python or NumPy code,"
                " or export to ONNX alone (--format onnx)",
            )


def _operations(folder: Path) -> Iterator[tuple[str, str]]:
    for graph in _read(folder).meta_graphs:
        functions = (function.node_def for function in graph.graph_def.library.function)
        for nodes in (graph.graph_def.node, *functions):
            for node in nodes:
                yield node.name, node.op


def _read(folder: Path) -> Any:
    from tensorflow.core.protobuf import saved_model_pb2

    return saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())


def _differences(kind: str, found: Any, wanted: Sequence[TensorSpec]) -> list[str]:
    import tensorflow as tf

    names = {spec.name for spec in wanted}
    if set(found) != names:
        # The format keeps no order; signature.json does.
        return [
            f"{kind} are {', '.join(sorted(found))}; the contract has {', '.join(sorted(names))}"
        ]
    problems = []
    for spec in wanted:
        info = found[spec.name]
        dtype, shape = tf.as_dtype(info.dtype).name, tf.TensorShape(info.tensor_shape).as_list()
        expected = [size if isinstance(size, int) else None for size in spec.sizes]
        if dtype != spec.dtype:
            problems.append(f"'{spec.name}' is {dtype}; the contract has {spec.dtype}")
        # An output whose shape TensorFlow did not infer is no contradiction.
        unknown = [
            e if s is None and kind == "outputs" else s
            for s, e in zip(shape, expected, strict=False)
        ]
        if len(shape) != len(expected) or unknown != expected:
            problems.append(f"'{spec.name}' is {shape}; the contract has {expected}")
    return problems
