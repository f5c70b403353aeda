"""Traces an example of each function and layer of Keras, and says what became of it.

`nox -s supported` runs this file, which writes the package's table and the page; a test compares.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import onnx_ir as ir
from supported_functions import Tensor, arguments_of
from supported_layers import WRAPPERS, model_of

from mimo_export import passes, supported
from mimo_export.backend import FAMILIES, _switch, onnx_backend, rnn
from mimo_export.backend._graph import OLDEST_OPSET, Graph, OpsetTooLowError
from mimo_export.backend._refused import REASONS
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import forms
from mimo_export.onnx import _as_output, _finished, _ir_version, to_onnx
from mimo_export.supported import COMPOSED, LAYERS, NONE, ONE, REFUSED, Entry, Table

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "export" / "mimo_export" / supported.FILE
PAGE = ROOT / "export" / "SUPPORTED.md"
_BACKENDS = ("jax", "tensorflow", "torch")
# Where tensors live and which names they have is no arithmetic.
_NO_OPERATIONS = frozenset({"Variable", "device_scope", "name_scope"})
# An Identity gives a value the name of an output.
_UNCOUNTED = frozenset({"Identity", "Constant"})


def survey() -> Table:
    """Return what becomes of every function and layer."""
    functions = [
        function_entry(family, name)
        for family, names in sorted(common_interface().items())
        for name in names
    ]
    return Table(keras.version(), (*functions, *map(layer_entry, layer_classes())))


def common_interface() -> dict[str, tuple[str, ...]]:
    """Return the functions that each of Keras's backends has, by family.

    They are read from the sources of all three, which Keras always brings: the answer is the same
    wherever only one of them is installed.
    """
    home = Path(str(_switch.keras_backend.__file__)).parent
    return {
        family: _functions_of_all([home / name / f"{family}.py" for name in _BACKENDS])
        for family in (*FAMILIES, "rnn")
    }


def _functions_of_all(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the public names that every file binds, and that one of them defines."""
    defined: set[str] = set()
    bound: list[set[str]] = []
    for path in paths:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        own = {node.name for node in body if isinstance(node, ast.FunctionDef)}
        defined |= own
        bound.append(own | {name for node in body for name in _other_names(node)})
    common = defined.intersection(*bound) - _NO_OPERATIONS
    return tuple(sorted(name for name in common if not name.startswith("_")))


def _other_names(node: ast.stmt) -> Iterator[str]:
    """Give the names that an assignment or an import binds."""
    if isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    if isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)


def layer_classes() -> list[type[keras.Layer]]:
    """Return every class of `keras.layers` once, by name; base classes without a call apart."""
    found = {
        value.__name__: value
        for value in vars(keras.layers).values()
        if isinstance(value, type) and issubclass(value, keras.Layer)
    }
    return [found[name] for name in sorted(found) if found[name].call is not keras.Layer.call]


def function_entry(family: str, name: str) -> Entry:
    """Trace the example of a function."""
    try:
        return _entry(family, name, traced(family, name))
    except UnsupportedOperationError as refusal:
        reason = REASONS.get(f"{family}.{name}") or _reason(refusal)
        return Entry(family, name, REFUSED, reason=reason)


def traced(family: str, name: str) -> ir.Model:
    """Return the example of a function in the lowest opset that it needs.

    Raises:
        UnsupportedOperationError: It has no ONNX form.
    """
    opset = OLDEST_OPSET
    while True:
        try:
            return _traced(family, name, opset)
        except OpsetTooLowError as low:
            opset = low.needed


def _traced(family: str, name: str, opset: int) -> ir.Model:
    graph = Graph(opset)
    with graph.current(), onnx_backend():
        # Keras keeps these at the top of its backend, where other threads find Keras's own too.
        owner = rnn if family == "rnn" else getattr(_switch.keras_backend, family)
        function = getattr(owner, name)
        args, kwargs = arguments_of(f"{family}.{name}", function)

        def placed(x: Any) -> Any:
            return graph.input("x", x.dtype, x.dims) if isinstance(x, Tensor) else x

        args = keras.tree.map_structure(placed, args)
        # One by one: PyTorch's trees sort the names.
        kwargs = {name: keras.tree.map_structure(placed, value) for name, value in kwargs.items()}
        result = function(*args, **kwargs)
        tensors = [x for x in keras.tree.flatten(result) if keras.ops.is_tensor(x)]
        named = {f"y{i}": _as_output(graph, f"y{i}", x) for i, x in enumerate(tensors)}
    model = ir.Model(_finished(graph, named, "function"), ir_version=_ir_version(opset))
    passes.tidy(model)
    return model


def layer_entry(layer_class: type[keras.Layer]) -> Entry:
    """Export the example of a layer."""
    name = layer_class.__name__
    try:
        if name in WRAPPERS:
            # What they wrap is not here; what stands in for their call refuses before it looks.
            forms()[layer_class](layer_class.__new__(layer_class))
        return _entry(LAYERS, name, to_onnx(model_of(layer_class)))
    except UnsupportedOperationError as refusal:
        return Entry(LAYERS, name, REFUSED, reason=_reason(refusal))


def _entry(family: str, name: str, model: ir.Model) -> Entry:
    found = [
        node.op_type
        for node in ir.traversal.RecursiveGraphIterator(model.graph)
        if node.op_type not in _UNCOUNTED
    ]
    becomes = NONE if not found else ONE if len(found) == 1 else COMPOSED
    return Entry(family, name, becomes, tuple(dict.fromkeys(found)))


def _reason(refusal: UnsupportedOperationError) -> str:
    """Return why something is refused; an error in the middle of its trace is no refusal."""
    if refusal.__cause__ is not None:
        raise refusal.__cause__
    return refusal.what


def main() -> None:
    """Write the table and the page."""
    table = survey()
    TABLE.write_text(table.to_json(), encoding="utf-8")
    PAGE.write_text(supported.to_markdown(table), encoding="utf-8")


if __name__ == "__main__":
    main()
