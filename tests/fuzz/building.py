"""From a plan to the Keras model that it describes, the same one every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from fuzz.plans import Node, Options, Plan, from_dict

# Functions and layers that take their tensors as one list.
_LISTS = frozenset({"ops.concatenate", "ops.stack", "ops.meshgrid", "ops.hstack", "ops.vstack"})
_APART = frozenset({"MultiHeadAttention", "GroupQueryAttention"})


def model_of(plan: Plan, name: str = "model") -> keras.Model:
    """Build the model of a plan; a model inside another has a name of its own."""
    inputs = [
        keras.Input(spec.shape, dtype=spec.dtype, name=f"x{i}")
        for i, spec in enumerate(plan.inputs)
    ]
    if plan.style == "layer":
        results = keras.tree.flatten(Program(plan, name="program")(inputs))
    else:
        tensors, made = list(inputs), []
        for number in range(len(plan.nodes)):
            extend(tensors, made, plan.nodes[number], number)
        results = [tensors[i] for i in plan.outputs]
    named: Any = {f"y{i}": y for i, y in enumerate(results)} if plan.named else results
    return keras.Model(inputs, named, name=name)


def extend(tensors: list[Any], made: list[Any], node: Node, number: int) -> None:
    """Call one more node: add its layer to those that are made, what it returns to the tensors."""
    layer = made[node.shares] if node.shares is not None else instance(node, number)
    tensors += called(layer, node, [tensors[i] for i in node.inputs])
    made.append(layer)


class Program(keras.layers.Layer):
    """One layer that runs functions of keras.ops, as a custom layer does."""

    def __init__(self, plan: Plan, **options: Any) -> None:
        super().__init__(**options)
        self.plan = plan

    def build(self, shapes: Any) -> None:
        """Has no weights."""

    def call(self, inputs: Sequence[Any]) -> list[Any]:
        """Run the nodes in order."""
        tensors = list(inputs)
        for number, node in enumerate(self.plan.nodes):
            tensors += called(instance(node, number), node, [tensors[i] for i in node.inputs])
        return [tensors[i] for i in self.plan.outputs]


def instance(node: Node, number: int) -> Any:
    """Return what a node calls: a new layer, or a function."""
    if node.kind == "index":
        index = tuple(_index(part) for part in node.options["index"])
        return lambda x: x[index]
    if node.kind.startswith("ops."):
        function: Any = keras.ops
        for name in node.kind.split(".")[1:]:
            function = getattr(function, name)
        return lambda *tensors: function(*tensors, **_tuples(node.options))
    if node.kind == "Model":
        return model_of(from_dict(node.options["plan"]), f"model_{number}")
    return _layer(node.kind, node.options, name=f"{node.kind.lower()}_{number}")


def called(layer: Any, node: Node, tensors: list[Any]) -> list[Any]:
    """Return the tensors that a node returns."""
    apart = node.kind in _APART or (node.kind.startswith("ops.") and node.kind not in _LISTS)
    plain = apart or (len(tensors) == 1 and node.kind not in _LISTS)
    arguments = tensors if plain else [tensors]
    return keras.tree.flatten(layer(*arguments, **node.call))


def _layer(kind: str, options: Options, **more: Any) -> Any:
    return getattr(keras.layers, kind)(**_tuples(options), **more)


def _tuples(value: Any) -> Any:
    """Return options as Keras takes them: inner layers are made, lists of numbers are tuples."""
    if isinstance(value, dict) and set(value) == {"kind", "options"}:
        return _layer(value["kind"], value["options"])
    if isinstance(value, dict):
        return {name: _tuples(inner) for name, inner in value.items()}
    if isinstance(value, list):
        inner = [_tuples(item) for item in value]
        return inner if any(isinstance(i, keras.layers.Layer) for i in inner) else tuple(inner)
    return value


def _index(part: Any) -> Any:
    """Return one part of an index: a number, "...", None, or [start, stop, step] for a slice."""
    if part == "...":
        return ...
    return slice(*part) if isinstance(part, list) else part
