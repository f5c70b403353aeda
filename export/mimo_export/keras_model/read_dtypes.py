"""Of which dtype the inputs of a subclassed model are, of which Keras has noted shapes alone.

The model is traced once on floats, and each input is followed to what reads it:

1. all that reads it casts it to integers first (`Embedding`, `take`, `one_hot`, lookups, `cast`),
   or only compares it or asks for its shape: it is an integer, as wide as the widest cast;
2. nothing casts it to integers: it is a float;
3. some do, others compute with it: it could be either, and the person has to say.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import onnx_ir as ir

from mimo_export.errors import ModelFileError, UnsupportedOperationError

if TYPE_CHECKING:
    from mimo_export.interface import Interface
    from mimo_portable.specs import TensorSpec

# What hands numbers on as they are, or keeps whole ones whole; by the inputs that it does so with.
_HANDS_ON: Mapping[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("Identity", "Concat", "Transpose", "Flatten", "Max", "Min", "Clip"), None),
    **dict.fromkeys(("Add", "Sub", "Mod", "Abs", "Neg", "CumSum", "ReduceMax", "ReduceMin"), None),
    **dict.fromkeys(("Reshape", "Squeeze", "Unsqueeze", "Slice", "Split", "Expand", "Tile"), (0,)),
    **dict.fromkeys(("Gather", "GatherElements", "GatherND", "Pad", "ReverseSequence"), (0,)),
    "Where": (1, 2),
}
_SAYS_NOTHING = frozenset(
    ("Shape", "Size", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "IsNaN", "IsInf")
)
_INTEGERS = ("int32", "uint32", "int64", "uint64")  # the narrower ones are int32 too
_known: MutableMapping[Any, dict[str, str]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class _Reading:
    """One place that reads an input: where, and the integers it casts to; "" for a computation."""

    node: str
    dtype: str


def dtypes_of(interface: Interface) -> Mapping[str, str]:
    """Return the inputs of integers among those of a subclassed model, with their dtypes.

    Raises:
        ModelFileError: An input is read as integers and as numbers to compute with.
    """
    model = interface.model
    if model not in _known:
        graph = _traced(interface)
        outside = _outside_of_bodies(graph)
        pairs = zip(interface.inputs, graph.inputs, strict=True) if graph is not None else ()
        found = {
            spec.name: _dtype_of(interface, spec, _readings(value, outside))
            for spec, value in pairs
            if "float" in spec.dtype
        }
        _known[model] = {name: dtype for name, dtype in found.items() if dtype}
    return _known[model]


def _traced(interface: Interface) -> ir.Graph | None:
    """Return the graph of a model on floats; None where there is none: the export will say why."""
    from mimo_export.onnx import trace  # noqa: PLC0415 - it reads interfaces itself

    try:
        return trace(interface)
    except UnsupportedOperationError:
        return None


def _dtype_of(interface: Interface, spec: TensorSpec, found: Iterator[_Reading]) -> str:
    """Return the integer dtype of an input, or nothing where it is a float."""
    readings = set(found)
    integers = sorted({r.dtype for r in readings} - {""}, key=_INTEGERS.index)
    computing = sorted(r.node for r in readings if not r.dtype)
    if not integers or not computing:
        return integers[-1] if integers else ""
    casting = sorted(r.node for r in readings if r.dtype)
    sizes = ",".join("?" if isinstance(size, str) else str(size) for size in spec.shape)
    shape = tuple(size if isinstance(size, int) else None for size in spec.shape)
    raise ModelFileError(
        f"the dtype of the input '{spec.name}' is not known: Keras has noted its shape alone; "
        f"'{casting[0]}' reads integers, '{computing[0]}' computes with it",
        where=f"model {interface.model.name!r} ({type(interface.model).__name__})",
        remedy=f'state it: inputs=[keras.Input({shape}, dtype="{integers[-1]}", '
        f'name="{spec.name}"), ...], on the command line '
        f"--input '{spec.name}:{integers[-1]}[{sizes}]'; or float32, if that is what it is",
    )


def _readings(value: ir.Value, outside: Mapping[int, ir.Value]) -> Iterator[_Reading]:
    """Yield what reads a value, through all that only hands it on."""
    queue, seen = [value], set[int]()
    while queue:
        value = queue.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if id(value) in outside:
            queue.append(outside[id(value)])
        for node, index in value.uses():
            if (inside := _into_body(node, index)) is not None:
                queue.append(inside)
            elif node.op_type == "Cast":
                to = ir.DataType(node.attributes["to"].as_int())
                if to.is_floating_point():
                    queue += node.outputs
                elif to is not ir.DataType.BOOL:
                    name = to.name.lower()
                    yield _Reading(str(node.name), name if name in _INTEGERS else "int32")
            elif node.op_type in _HANDS_ON and index in (_HANDS_ON[node.op_type] or (index,)):
                queue += node.outputs
            elif node.op_type not in _SAYS_NOTHING:
                yield _Reading(str(node.name), "")


def _into_body(node: ir.Node, index: int) -> ir.Value | None:
    """Return what a value is inside of the Scan or Loop that takes it."""
    if node.op_type not in ("Scan", "Loop"):
        return None
    return node.attributes["body"].as_graph().inputs[index]


def _outside_of_bodies(graph: ir.Graph | None) -> dict[int, ir.Value]:
    """Return what the outputs of inner graphs are outside of them, by their identity."""
    found: dict[int, ir.Value] = {}
    for node in () if graph is None else ir.traversal.RecursiveGraphIterator(graph):
        for attribute in node.attributes.values():
            if attribute.type is ir.AttributeType.GRAPH:
                # The first one of a Loop's body says whether to go on.
                inner = attribute.as_graph().outputs[node.op_type == "Loop" :]
                found |= {id(a): b for a, b in zip(inner, node.outputs, strict=False)}
    return found
