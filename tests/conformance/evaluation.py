"""Lets `keras.ops` compute through our backend and onnxruntime, one call at a time.

Keras's own tests of its operations compare with NumPy: inside `evaluated` they test ours.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import keras
from conformance.tracing import Call, Result, Shape, is_symbolic

from mimo_export.backend import FAMILIES, _keras_private, _refused, _switch
from mimo_export.backend._graph import current_graph
from mimo_export.errors import UnsupportedOperationError

# What the tests compare by, and what puts values into a graph: these stay the running backend's.
_NOT_OURS = frozenset(
    {
        "cast",
        "compute_output_spec",
        "convert_to_numpy",
        "convert_to_tensor",
        "custom_gradient",
        "get_device",
        "is_tensor",
        "random_seed_dtype",
        "remat",
        "shape",
        "to_torch_dtype",
    }
)


class Evaluation:
    """Our functions in the place of the running backend's, for Keras's tests of operations.

    Attributes:
        dynamic: Whether the sizes of inputs are hidden from the trace.
        asked: How many calls came to us since the last `active`.
    """

    def __init__(self, *, dynamic: bool) -> None:
        self.dynamic = dynamic
        self.asked = 0

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Put our functions in place for the time of one test."""
        self.asked = 0
        with contextlib.ExitStack() as undo:
            for family, names in _switch.interface().items():
                if family not in FAMILIES:
                    continue
                module = _keras_private.family(family)
                for name in sorted({*names} - _NOT_OURS):
                    running = getattr(module, name)
                    undo.callback(setattr, module, name, running)
                    setattr(module, name, self._evaluated(_ours(family, name), running))
            yield

    def _evaluated(
        self, ours: Callable[..., Any], running: Callable[..., Any]
    ) -> Callable[..., Any]:
        @functools.wraps(running)
        def call(*args: Any, **kwargs: Any) -> Any:
            if _is_traced(args, kwargs):
                return running(*args, **kwargs)
            self.asked += 1
            try:
                found = Call(ours, args, kwargs, self._dims).run()
            except UnsupportedOperationError as refusal:
                # NumPy arrays for axes, bins or sizes are constants in a model; tensors are inputs.
                if "asked for in Python" not in refusal.what:
                    raise
                found = Call(ours, args, kwargs, self._dims, limit=1).run()
            if callable(found):  # vectorize returns a function, which computes when it is called
                return self._evaluated(found, running(*args, **kwargs))
            return keras.tree.map_structure(_as_running, found)

        return call

    def _dims(self, shape: Shape) -> list[int | str]:
        return [current_graph().unique("size") if self.dynamic else size for size in shape]


def _ours(family: str, name: str) -> Callable[..., Any]:
    found: Any = getattr(FAMILIES[family], name, None)
    return found or _refused.refusal(f"{family}.{name}")


def _is_traced(args: Any, kwargs: Any) -> bool:
    tensorflow: types.ModuleType | None = sys.modules.get("tensorflow")
    if tensorflow is not None and not tensorflow.executing_eagerly():
        return True
    return any(is_symbolic(x) for x in keras.tree.flatten((args, kwargs)))


def _as_running(x: Any) -> Any:
    if not isinstance(x, Result):
        return x
    return keras.ops.cast(keras.ops.convert_to_tensor(x.array), x.dtype)
