"""One operation at once: a graph of its own, of which all values are known.

The functions are those that build the graph of an exported model. What they make of constants is
computed by ONNX's reference implementation in NumPy; loops and branches by onnxruntime.
"""

from __future__ import annotations

import contextvars
import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any

from keras.src import tree

from keras_onnx.src._tensor import Array, Tensor

_BACKEND = "mimo_export.backend"
_at_once: contextvars.ContextVar[bool] = contextvars.ContextVar("keras_onnx_at_once", default=False)


def is_tracing() -> bool:
    """Whether calls of Keras build a graph at the moment."""
    if f"{_BACKEND}._graph" not in sys.modules:
        return False
    from mimo_export.backend._graph import current_graph

    try:
        current_graph()
    except LookupError:
        return False
    return True


def is_exporting() -> bool:
    """Whether the graph that calls of Keras build outlives the operation."""
    return is_tracing() and not _at_once.get()


def at_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes what `function` adds to a graph, where there is no graph."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if is_tracing() else compute(function, *args, **kwargs)

    return call


def compute(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function in a graph of its own; its traced results become tensors."""
    from mimo_export.backend._graph import (
        OLDEST_OPSET,
        Graph,
        OpsetTooLowError,
    )

    opset = OLDEST_OPSET
    while True:
        graph = Graph(opset)
        before = _at_once.set(True)
        try:
            with graph.current():
                return _settled(graph, function(*args, **kwargs))
        except OpsetTooLowError as low:
            opset = low.needed
        finally:
            _at_once.reset(before)


def settle(value: Any) -> Any:
    """Return a traced constant as a tensor, anything else as it is."""
    return value if isinstance(value, Tensor) else compute(lambda: value)


def _settled(graph: Any, result: Any) -> Any:
    from mimo_export.backend._tensor import TracedTensor

    leaves = [x for x in tree.flatten(result) if isinstance(x, TracedTensor)]
    unknown = [x for x in leaves if not x.is_constant]
    arrays = {id(x): x.array for x in leaves if x.is_constant}
    if unknown:
        arrays |= zip(map(id, unknown), _run(graph, unknown), strict=True)
    return tree.map_structure(
        lambda x: Tensor(arrays[id(x)]) if isinstance(x, TracedTensor) else x, result
    )


def _run(graph: Any, outputs: Iterable[Any]) -> list[Array]:
    from keras_onnx.src._program import opened

    return opened(graph, outputs).run(None, {})  # type: ignore[no-any-return] # not typed
