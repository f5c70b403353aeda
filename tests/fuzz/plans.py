"""What a random model is: data alone, written as JSON, so that a failure can be replayed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """An input: its shape without the batch, None for a free dimension, and its dtype."""

    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class Node:
    """A layer, or a function of keras.ops, called on earlier tensors.

    Attributes:
        kind: The name of a class of keras.layers, "ops." and the name of a function, "index", or
            "Model" for a model of its own.
        inputs: The numbers of the tensors it is called on: the plan's inputs come first, then what
            each node returns.
        outputs: How many tensors it returns.
        options: Its arguments; a layer in them is {"kind": ..., "options": ...}.
        call: Arguments of the call besides the tensors.
        shares: The number of the earlier node whose layer is called again, or None.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: int = 1
    options: Options = dataclasses.field(default_factory=dict)
    call: Options = dataclasses.field(default_factory=dict)
    shares: int | None = None


@dataclass(frozen=True)
class Plan:
    """A model.

    Attributes:
        inputs: Its inputs.
        nodes: What is computed, in order.
        outputs: The numbers of the tensors that it returns.
        style: "functional", a graph of layers, or "layer": one layer whose `call` runs the nodes.
        named: Whether the outputs are a dictionary.
    """

    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    style: str = "functional"
    named: bool = False

    def makers(self) -> list[int | None]:
        """Return the number of the node that makes each tensor, None for an input."""
        made: list[int | None] = [None] * len(self.inputs)
        for number, node in enumerate(self.nodes):
            made += [number] * node.outputs
        return made


def to_json(plan: Plan) -> str:
    """Return a plan as one line of JSON."""
    return json.dumps(dataclasses.asdict(plan))


def from_json(text: str) -> Plan:
    """Return the plan of `to_json`."""
    return from_dict(json.loads(text))


def from_dict(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a parsed JSON document."""
    return Plan(
        tuple(Input(tuple(i["shape"]), i["dtype"]) for i in document["inputs"]),
        tuple(Node(**{**n, "inputs": tuple(n["inputs"])}) for n in document["nodes"]),
        tuple(document["outputs"]),
        document["style"],
        document["named"],
    )


def reduced(plan: Plan, outputs: Sequence[int]) -> Plan:
    """Return the part of a plan that these outputs need; every input stays."""
    makers = plan.makers()
    needed: set[int] = set()
    waiting = [makers[tensor] for tensor in outputs]
    while waiting:
        number = waiting.pop()
        if number is None or number in needed:
            continue
        needed.add(number)
        node = plan.nodes[number]
        waiting += [makers[tensor] for tensor in node.inputs] + [node.shares]
    nodes = {old: new for new, old in enumerate(sorted(needed))}
    kept = [t for t, maker in enumerate(makers) if maker is None or maker in needed]
    tensors = {old: new for new, old in enumerate(kept)}
    return dataclasses.replace(
        plan,
        nodes=tuple(
            dataclasses.replace(
                plan.nodes[old],
                inputs=tuple(tensors[t] for t in plan.nodes[old].inputs),
                shares=None if plan.nodes[old].shares is None else nodes[plan.nodes[old].shares],
            )
            for old in nodes
        ),
        outputs=tuple(tensors[tensor] for tensor in outputs),
    )


def widened(plan: Plan) -> Plan:
    """Return the plan with inputs of float64 in place of float32, in inner models too."""
    inputs = tuple(
        dataclasses.replace(spec, dtype=spec.dtype.replace("float32", "float64"))
        for spec in plan.inputs
    )
    nodes = tuple(
        dataclasses.replace(node, options={"plan": _widened_inside(node.options["plan"])})
        if node.kind == "Model"
        else node
        for node in plan.nodes
    )
    return dataclasses.replace(plan, inputs=inputs, nodes=nodes)


def _widened_inside(document: Mapping[str, Any]) -> dict[str, Any]:
    return dataclasses.asdict(widened(from_dict(document)))
