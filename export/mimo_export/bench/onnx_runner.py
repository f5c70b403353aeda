"""Run an ONNX file of any origin in onnxruntime, on the CPU."""

from __future__ import annotations

from collections.abc import Callable

from mimo_export.bench.runner import Arrays, Request, Result, Runner


def start(_threads: int) -> None:
    """Import the runtime."""
    import onnxruntime  # type: ignore[import-untyped]  # noqa: F401 - timed apart


def load(request: Request) -> Runner:
    """Open a session; a file that has lost the names is fed in the contract's order."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = request.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(request.path), options, providers=["CPUExecutionProvider"]
    )
    inputs = [item.name for item in session.get_inputs()]
    outputs = [item.name for item in session.get_outputs()]
    wanted = [spec.name for spec in request.signature.inputs]
    # An exporter drops what the graph does not read, and may call its inputs what it likes.
    names = dict(zip(inputs, inputs if set(inputs) <= set(wanted) else wanted, strict=False))
    kept = set(outputs) == {spec.name for spec in request.signature.outputs}

    def bind(arrays: Arrays) -> Callable[[], Result]:
        feeds = {name: arrays[known] for name, known in names.items()}
        if kept:
            return lambda: dict(zip(outputs, session.run(outputs, feeds), strict=True))
        return lambda: session.run(outputs, feeds)

    return Runner(bind)
