"""What the machine can do at most: multiply-adds and memory, measured, not looked up."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from onnx import TensorProto, helper

_SIZE = 1536
_FLOATS = 1 << 25  # 128 MB an array: far beyond any cache
_ROUNDS = 7


def limits(threads: int) -> dict[str, Any]:
    """Return the best GFLOP/s of a float32 matrix product and the best GB/s of a copy.

    The product is NumPy's or onnxruntime's, whichever is faster: not every library knows the
    widest vectors of every processor.

    Args:
        threads: How many copy at once; BLAS takes its own number from the environment.
    """
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((_SIZE, _SIZE), dtype="float32") for _ in range(2))
    out = np.empty_like(a)
    session = _matmul(threads)
    products = (lambda: np.matmul(a, b, out=out), lambda: session.run(None, {"a": a, "b": b}))
    best = min(_seconds(product) for product in products for _ in range(_ROUNDS))
    return {"gflops": 2e-9 * _SIZE**3 / best, "gbps": _copy(threads)}


def _matmul(threads: int) -> ort.InferenceSession:
    """Return a session of one product."""
    a, b, c = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [_SIZE, _SIZE]) for name in "abc"
    )
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])], "product", [a, b], [c]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    file = model.SerializeToString()
    return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def _copy(threads: int) -> float:
    """Return the bandwidth of a copy: each float is read once and written once."""
    source, target = np.ones(_FLOATS, "float32"), np.zeros(_FLOATS, "float32")
    parts = list(zip(np.array_split(source, threads), np.array_split(target, threads), strict=True))

    def run() -> None:
        # NumPy lets go of the interpreter's lock while it copies.
        workers = [threading.Thread(target=np.copyto, args=(b, a)) for a, b in parts]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return 1e-9 * (source.nbytes + target.nbytes) / min(_seconds(run) for _ in range(_ROUNDS))


def _seconds(run: Any) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
