"""Hostile configurations: what is no JSON, no model, or a model that cannot be."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hostile.files import (
    GOOD,
    File,
    Targets,
    dense,
    functional,
    keras_file,
    node,
    ref,
    source,
)

_ODD = (None, -1, 0, 1.5, "3", True, [3], {}, 2**63, 10**400, "nan", [[]])


def files(targets: Targets) -> Iterator[File]:
    """Give every file with a hostile configuration and good weights."""
    for name, raw in _texts():
        yield File(f"config: {name}", keras_file(raw))
    for name, config in (*_models(targets), *_graphs(), *_values(targets)):
        yield File(f"config: {name}", keras_file(config))


def _texts() -> Iterator[tuple[str, bytes]]:
    good = json.dumps(GOOD)
    texts = {
        "nothing": "", "a brace": "{", "a word": "null", "a number": "1", "true": "true",
        "a list": "[]", "a text": '"m"', "an object": "{}", "two objects": good + good,
        "not a number": good.replace('"units": 2', '"units": NaN'),
        "infinite": good.replace('"units": 2', '"units": 1e999'),
        "5000 digits": good.replace('"units": 2', f'"units": {"9" * 5000}'),
        "lists in lists": "[" * 100_000 + "]" * 100_000,
        "lists in lists inside": good.replace('"units": 2', f'"units": {"[" * 900}{"]" * 900}'),
        "objects in objects": '{"class_name": ' * 100_000,
        "half a character as a model's name": good.replace('"name": "m"', '"name": "\\ud800"'),
        "half a character as a layer's name": good.replace('"y"', '"\\udfff"'),
        "half a character as a key": good.replace('"units"', '"\\ud800"'),
        "half a character as a class": good.replace('"Dense"', '"\\ud800"'),
        "controls as a name": good.replace('"m"', '"\\u001b[2J\\u0000"'),
        "the same key twice": good.replace('"units": 2', '"units": 2, "units": 2000000000'),
        "many objects": "[" + "{}," * 1_000_000 + "{}]",
    }  # fmt: skip
    for name, text in texts.items():
        yield name, text.encode()
    yield "no UTF-8", b"\xff\xfe\xfd" + good.encode()
    yield "UTF-16", good.encode("utf-16")


def _models(targets: Targets) -> Iterator[tuple[str, Any]]:
    for field in ("module", "class_name", "config", "registered_name", "build_config"):
        for number, value in enumerate(_ODD[:8]):
            yield f"model's {field} {number}", {**GOOD, field: value}
            layer = {**dense(), field: value}
            yield f"layer's {field} {number}", functional(layer)
    for number, name in enumerate(
        ("", "a/b", 1, None, [], "../x", str(targets.written), "a" * 9999)
    ):
        yield f"model's name {number}", functional(dense(), name=name)
        yield f"layer's name {number}", functional(node("Dense", {"units": 2}, name=name))
    for number, units in enumerate(_ODD):
        yield f"units {number}", functional(dense(units=units))
        yield f"size of the input {number}", functional(dense(), first=source((None, units)))
        yield f"dtype {number}", functional(dense(dtype=units))
        yield f"activation {number}", functional(dense(activation=units))
        yield f"initializer {number}", functional(dense(kernel_initializer=units))
    for name, alone in {"a layer": dense(), "an input": source()}.items():
        yield f"{name} for a model", alone
    inside: Any = GOOD
    for _ in range(60):
        inside = functional({**inside, "name": "m", "inbound_nodes": dense()["inbound_nodes"]})
    yield "models in models", inside
    for key in ("layers", "input_layers", "output_layers", "trainable"):
        for number, value in enumerate((None, 1, "x", [], {}, [[]], [["x"]], [["x", 9, 9]])):
            yield f"{key} {number}", functional(dense(), **{key: value})


def _graphs() -> Iterator[tuple[str, Any]]:
    yield "a layer that reads itself", functional(node("Dense", {"units": 2}, ref("y")))
    a, b = (
        node("Dense", {"units": 2}, ref("b"), name="a"),
        node("Dense", {"units": 2}, ref("a"), name="b"),
    )
    yield "two layers that read each other", functional(a, b)
    yield (
        "a layer that reads nothing there",
        functional(node("Dense", {"units": 2}, ref("nowhere"))),
    )
    yield "two layers of a name", functional(dense(), dense())
    for number, history in enumerate(
        ([], ["x"], ["x", -1, 0], ["x", 0, -1], ["x", 10**9, 0], [0, 0, 0], None)
    ):
        layer = dense()
        layer["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = history
        yield f"history {number}", functional(layer)
    for number, nodes in enumerate(
        (None, {}, [{}], [[]], [{"args": []}], [{"args": 1}], ["x"], [None])
    ):
        yield f"inbound nodes {number}", functional({**dense(), "inbound_nodes": nodes})
    same = {**dense(), "shared_object_id": 1}
    yield "a shared object", functional(same, {**copy.deepcopy(same), "name": "z"})
    crowd = [
        node("Dense", {"units": 2}, ref("x" if n == 0 else f"d{n - 1}"), name=f"d{n}")
        for n in range(300)
    ]
    yield "300 layers without weights", functional(*crowd)
    yield (
        "an operation that calls itself",
        functional(
            node("TimeDistributed", {"layer": functional(dense())}, name="y"),
            first=source((None, 4, 3)),
        ),
    )


def _values(targets: Targets) -> Iterator[tuple[str, Any]]:
    huge = {"class_name": "__tensor__", "config": {"value": [0], "dtype": "x" * 1000}}
    values = {
        "tensor of no dtype": huge,
        "tensor": {"class_name": "__tensor__", "config": {"value": [[1, 2], [3]], "dtype": "f4"}},
        "array": {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
        "bytes": {"class_name": "__bytes__", "config": {"value": "x"}},
        "slice": {"class_name": "__slice__", "config": {"start": 0, "stop": 10**18, "step": 0}},
        "ellipsis": {"class_name": "__ellipsis__", "config": {}},
        "lambda": {"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}},
        "type": {
            "class_name": "__typespec__",
            "spec_name": "os.system",
            "module": "os",
            "config": ["x"],
        },
        "path": str(targets.secret),
        "address": targets.url,
    }
    for name, value in values.items():
        for key in ("units", "activation", "kernel_initializer", "dtype", "kernel_constraint"):
            yield f"{name} as {key}", functional(dense(**{key: value}))
    yield "the value of nothing", functional(dense(kernel_initializer={"class_name": "Constant"}))
