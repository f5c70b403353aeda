"""Run a `.tflite` file in LiteRT with its default kernels (XNNPACK).

There is a file for each batch: with a free batch the converter leaves the lists of a recurrent
layer to TensorFlow's own kernels, which the interpreter does not have.
"""

from __future__ import annotations

from collections.abc import Callable

from mimo_export.bench.runner import Arrays, Request, Result, Runner


def start(_threads: int) -> None:
    """Import the runtime."""
    import ai_edge_litert.interpreter  # noqa: F401 - timed apart


def load(request: Request) -> Runner:
    """Return a runner that opens the file of the batch which it is given."""
    from ai_edge_litert.interpreter import Interpreter

    def bind(arrays: Arrays) -> Callable[[], Result]:
        rows = len(next(iter(arrays.values())))
        path = request.path / f"{rows}.tflite"
        interpreter = Interpreter(model_path=str(path), num_threads=request.threads)
        interpreter.allocate_tensors()
        # The converter keeps the names of the inputs, not their order; the outputs have neither.
        places = {
            item["name"].removeprefix("serving_default_").removesuffix(":0"): item["index"]
            for item in interpreter.get_input_details()
        }
        outputs = [item["index"] for item in interpreter.get_output_details()]

        def run() -> Result:
            for name, place in places.items():
                interpreter.set_tensor(place, arrays[name])
            interpreter.invoke()
            return [interpreter.get_tensor(place) for place in outputs]

        return run

    return Runner(bind)
