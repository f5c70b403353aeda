"""The ways to run a Keras model that are held against ours: one line each.

A peer is a runner, which loads something and runs it (one module per family beside this file), and
for most of them a conversion, which makes that something from the `model.keras` of the bundle.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from mimo_export.errors import InputError

OURS = "mimo-portable"


@dataclass(frozen=True)
class Peer:
    """One way to run a model.

    Attributes:
        name: What the row is called.
        runner: The module beside this file that loads and runs it.
        artifact: What the runner loads, a name within the folder of the conversions, or
            "model.onnx" or "model.keras" of the bundle.
        conversion: Which function of `convert` makes the artifact; empty where the bundle has it.
        backend: Keras's, in the process that runs it, and in the one that converts.
        needs: Packages, by the names that Python imports.
    """

    name: str
    runner: str
    artifact: str
    conversion: str = ""
    backend: str = ""
    needs: tuple[str, ...] = ()

    @property
    def is_onnx(self) -> bool:
        """Whether onnxruntime runs it."""
        return self.runner == "onnx_runner"

    @property
    def missing(self) -> str:
        """Return why it cannot run here; empty where every package is there."""
        wanted = (*self.needs, *([self.backend] if self.backend else []))
        gone = [name for name in dict.fromkeys(wanted) if not _installed(name)]
        names = " and ".join(gone)
        return f"{names} {'is' if len(gone) == 1 else 'are'} not installed" if gone else ""


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name.partition(".")[0]) is not None


PEERS = (
    Peer(OURS, "onnx_runner", "model.onnx"),
    Peer(
        "keras-export-tensorflow",
        *("onnx_runner", "stock-tensorflow.onnx", "keras_export", "tensorflow"),
        needs=("tf2onnx",),
    ),
    Peer(
        "keras-export-jax",
        *("onnx_runner", "stock-jax.onnx", "keras_export", "jax"),
        needs=("jax2onnx",),
    ),
    Peer(
        "keras-export-torch",
        *("onnx_runner", "stock-torch.onnx", "keras_export", "torch"),
        needs=("onnxscript",),
    ),
    Peer(
        "tf2onnx",
        *("onnx_runner", "tf2onnx.onnx", "tf2onnx", "tensorflow"),
        needs=("tf2onnx",),
    ),
    Peer("jax2onnx", "onnx_runner", "jax2onnx.onnx", "jax2onnx", "jax", ("jax2onnx",)),
    Peer("keras-jax, jit", "keras_runner", "model.keras", backend="jax"),
    Peer("keras-tensorflow, tf.function", "keras_runner", "model.keras", backend="tensorflow"),
    Peer("keras-torch, torch.compile", "keras_runner", "model.keras", backend="torch"),
    Peer("predict, jax", "predict_runner", "model.keras", backend="jax"),
    Peer("predict, tensorflow", "predict_runner", "model.keras", backend="tensorflow"),
    Peer("predict, torch", "predict_runner", "model.keras", backend="torch"),
    Peer("SavedModel", "saved_model_runner", "saved_model", "saved_model", "tensorflow"),
    Peer(
        "LiteRT",
        *("litert_runner", "litert", "litert", "tensorflow"),
        needs=("ai_edge_litert",),
    ),
    Peer("OpenVINO, of our file", "openvino_runner", "model.onnx", needs=("openvino",)),
    Peer(
        "OpenVINO, of the SavedModel",
        *("openvino_runner", "saved_model", "saved_model", "tensorflow"),
        needs=("openvino",),
    ),
)


def chosen(names: tuple[str, ...]) -> tuple[Peer, ...]:
    """Return the peers of the given names, ours first in any case; all where none is given.

    Raises:
        InputError: There is no peer of that name.
    """
    known = [peer.name for peer in PEERS]
    for name in names:
        if name not in known:
            raise InputError(
                f"there is no peer '{name}'", remedy=f"choose from: {'; '.join(known)}"
            )
    return tuple(peer for peer in PEERS if not names or peer.name in (OURS, *names))
