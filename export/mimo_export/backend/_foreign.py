"""Find the function of a framework that was called on a traced tensor, and what Keras has for it.

A framework refuses a tensor that it does not know in words of its own, from deep inside of itself.
The person who wrote the call needs to read which function it was, in which line, and what to write
instead. The line that called is in the traceback; the function is what its words lead to there.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import itertools
import linecache
import types
from dataclasses import dataclass
from typing import Any

from mimo_export.backend._framework_functions import keras_name
from mimo_export.backend._tensor import TracedTensor, ValueAskedError
from mimo_export.errors import UnsupportedOperationError

FRAMEWORKS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX", "numpy": "NumPy"}
"""The names of the frameworks whose functions a layer may call, by package."""

_LEGACY = "keras.src.legacy.backend"  # tf.keras.backend, which calls TensorFlow
_PASSED_THROUGH = frozenset({"mimo_export", "contextlib", "functools", "jaxlib"})
_NO_MATCH = (
    "write it with keras.ops, or give the layer an ONNX form: export/README.md, 'A layer that "
    "calls its framework directly'"
)


@dataclass(frozen=True)
class _Place:
    """One call on the stack.

    Attributes:
        frame: Its frame.
        line: The line that it had come to.
        instruction: The offset of the instruction.
    """

    frame: types.FrameType
    line: int
    instruction: int

    @property
    def package(self) -> str:
        """The package that the code belongs to; Keras's old TensorFlow code is TensorFlow's."""
        module = str(self.frame.f_globals.get("__name__", ""))
        return "tensorflow" if module == _LEGACY else module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.frame.f_code.co_filename}:{self.line}"


def foreign_refusal(
    error: BaseException | None, trace: types.TracebackType | None
) -> UnsupportedOperationError | None:
    """Return an error that names the framework's function; None if none was called.

    Args:
        error: What was raised while a layer was called.
        trace: Where.
    """
    own = isinstance(error, UnsupportedOperationError)
    if not isinstance(error, Exception) or (own and not isinstance(error, ValueAskedError)):
        return None
    places = [_Place(step.tb_frame, step.tb_lineno, step.tb_lasti) for step in _steps(trace)]
    passed = _PASSED_THROUGH | FRAMEWORKS.keys()
    outside = [i for i, place in enumerate(places) if place.package not in passed]
    if not outside:
        return None
    place, behind = places[outside[-1]], places[outside[-1] + 1 :]
    text, function = _called(place)
    for package in (_package_of(function), *(step.package for step in behind[:1])):
        if package in FRAMEWORKS:
            return _refusal(FRAMEWORKS[package], text, function, place)
    name = _missing_method(error, text, place)
    if not name:
        return None
    return UnsupportedOperationError(
        f"a traced tensor has no '{name}': it is of no framework",
        where=str(place),
        remedy=_remedy(name, None),
    )


def _missing_method(error: Exception, text: str, place: _Place) -> str:
    """Return the name of a framework's method that was asked of a traced tensor, if one was."""
    if isinstance(error, AttributeError) and isinstance(error.obj, TracedTensor):
        return str(error.name)
    owner, _, name = text.rpartition(".")
    if isinstance(error, TypeError) and owner.isidentifier():
        # What is a method of PyTorch's may be a value here: `x.size()`, `x.dim()`.
        found = place.frame.f_locals.get(owner)
        if isinstance(found, TracedTensor) and not callable(getattr(found, name)):
            return name
    return ""


def _steps(trace: types.TracebackType | None) -> list[types.TracebackType]:
    """Return the calls of a traceback, the outermost first."""
    steps = []
    while trace is not None:
        steps.append(trace)
        trace = trace.tb_next
    return steps


def _refusal(framework: str, text: str, function: Any, place: _Place) -> UnsupportedOperationError:
    name = getattr(function, "__name__", "")
    # A function may be held under a name of the layer's own.
    shown = f"{function.__module__}.{name}" if name and not text.endswith(name) else text
    shown = shown or "a function"
    return UnsupportedOperationError(
        f"{shown} of {framework} is called on a traced tensor, which only keras.ops knows",
        where=str(place),
        remedy=_remedy(shown.rpartition(".")[2], function),
    )


def _remedy(name: str, function: Any) -> str:
    same = keras_name(name, function)
    return f"call {same} instead, which computes on every backend" if same else _NO_MATCH


def _called(place: _Place) -> tuple[str, Any]:
    """Return what is called at a place, in the words that are there, and the function it is.

    The words are those of an operator or of something else where no function is called by name.
    """
    words = _words(place)
    try:
        tree = ast.parse(f"({words})", mode="eval").body
    except SyntaxError:
        return "", None
    if not isinstance(tree, ast.Call):
        return words, None
    function = tree.func
    while isinstance(function, ast.Call):  # what jax.vmap(f) returns is called
        function = function.func
    found = _resolved(function, place.frame)
    return ast.unparse(function), found.func if isinstance(found, functools.partial) else found


def _words(place: _Place) -> str:
    """Return the part of the source that a place has come to."""
    code = place.frame.f_code
    positions = next(itertools.islice(code.co_positions(), place.instruction // 2, None), None)
    if positions is None or None in positions:
        return ""
    first, last, start, end = (int(number or 0) for number in positions)
    lines = linecache.getlines(code.co_filename, place.frame.f_globals)[first - 1 : last]
    if len(lines) != last - first + 1:
        return ""
    raw = [line.encode() for line in lines]  # columns count bytes
    raw[-1] = raw[-1][:end]
    raw[0] = raw[0][start:]
    return b"".join(raw).decode(errors="replace")


def _resolved(node: ast.expr, frame: types.FrameType) -> Any:
    """Return what a dotted name leads to in a frame, without running any code; None if nothing."""
    if isinstance(node, ast.Name):
        for names in (frame.f_locals, frame.f_globals, vars(builtins)):
            if node.id in names:
                return names[node.id]
        return None
    if not isinstance(node, ast.Attribute):
        return None
    owner = _resolved(node.value, frame)
    if isinstance(owner, types.ModuleType):
        return getattr(owner, node.attr, None)
    return inspect.getattr_static(owner, node.attr, None)


def _package_of(function: Any) -> str:
    """Return the package that a function comes from."""
    home = getattr(function, "__module__", None) or type(function).__module__
    return "tensorflow" if home == _LEGACY else str(home).partition(".")[0]
