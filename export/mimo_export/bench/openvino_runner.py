"""Run an ONNX file or a SavedModel in OpenVINO, on the CPU, in float32."""

from __future__ import annotations

from collections.abc import Callable

from mimo_export.bench.runner import Arrays, Request, Result, Runner


def start(_threads: int) -> None:
    """Import the runtime."""
    import openvino  # noqa: F401 - timed apart


def load(request: Request) -> Runner:
    """Compile the model; by default OpenVINO may compute in bfloat16, which others do not."""
    import openvino

    core = openvino.Core()
    settings = {
        "INFERENCE_NUM_THREADS": request.threads,
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = core.compile_model(core.read_model(str(request.path)), "CPU", settings)
    infer = compiled.create_infer_request()
    names = [spec.name for spec in request.signature.outputs]

    def bind(arrays: Arrays) -> Callable[[], Result]:
        feeds = dict(arrays)

        def run() -> Result:
            found = infer.infer(feeds, share_inputs=True, share_outputs=True)
            return {name: found[name] for name in names}

        return run

    return Runner(bind)
