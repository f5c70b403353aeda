"""Configurations that name what runs code, opens files or asks servers, as every role there is."""

from __future__ import annotations

import base64
import marshal
from collections.abc import Iterator
from typing import Any

from hostile.files import File, Targets, dense, functional, keras_file, node, ref

_REFUSED = ("Lambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer")
_LOADERS = {
    "keras.models": ("load_model", "clone_model"),
    "keras.saving": ("load_model", "load_weights", "deserialize_keras_object", "save_model"),
    "keras.utils": ("get_file", "text_dataset_from_directory", "image_dataset_from_directory"),
    "keras.layers": ("deserialize", "serialize"),
    "keras.src.saving.saving_api": ("load_model", "load_weights"),
    "keras.src.saving.file_utils": ("rmtree", "remove", "makedirs"),
    "builtins": ("open", "eval", "exec", "__import__", "print"),
    "os": ("system", "remove", "mkdir"),
    "subprocess": ("check_output",),
    "numpy": ("load", "save", "fromfile"),
    "shutil": ("rmtree",),
    "tensorflow": ("saved_model.load",),
    "torch": ("load",),
}


def files(targets: Targets) -> Iterator[File]:
    """Give every file that names such a thing."""
    for name, config in (
        *_as_layers(targets),
        *_as_functions(targets),
        *_as_values(targets),
        *_as_paths(targets),
    ):
        yield File(f"class: {name}", keras_file(config))


def function(name: str, module: str | None = "keras.layers") -> dict[str, Any]:
    """Return a function as Keras writes it into a configuration."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def _code(targets: Targets) -> str:
    source = f"lambda x: open({str(targets.written)!r}, 'w') and x"
    body = compile(source, "x", "eval").co_consts[0]
    return base64.b64encode(marshal.dumps(body)).decode()


def _as_layers(targets: Targets) -> Iterator[tuple[str, Any]]:
    code = [_code(targets), None, None]
    written = {
        "class_name": "__lambda__",
        "config": {"code": code[0], "defaults": None, "closure": None},
    }
    for module in ("keras.layers", "keras.src.layers", "keras.src.layers.core.lambda_layer", None):
        yield (
            f"Lambda of {module}",
            functional(node("Lambda", {"function": written}, module=module)),
        )
    yield (
        "Lambda of Keras 2",
        functional(node("Lambda", {"function": code, "function_type": "lambda"})),
    )
    path = str(targets.secret.parent)
    for name in _REFUSED[1:]:
        config = {"filepath": path, "module": path, "call_fn": written, "call_endpoint": "serve"}
        yield name, functional(node(name, config))
        yield (
            f"{name} of its private module",
            functional(node(name, config, module="keras.src.layers")),
        )
    for module in (
        targets.module,
        "os",
        "subprocess",
        "keras.src.saving.saving_lib",
        "keras.src.utils",
    ):
        yield f"a class of {module}", functional(node("Popen", {}, module=module))
        model = {**functional(dense()), "module": module}
        yield f"a model of {module}", model
    for name in ("FunctionalOf", "../../x", "__class__", "Dense.__init__", "layers.Dense", ""):
        yield f"a class called {name!r}", functional(node(name, {"units": 2}))
    inner = functional(node("Lambda", {"function": written}))
    yield "Lambda in a model in a layer", functional(node("TimeDistributed", {"layer": inner}))
    nested = {**functional(dense()), "compile_config": {"loss": written, "optimizer": written}}
    yield "compiled", nested
    yield (
        "compiled inside",
        functional({**nested, "name": "y", "inbound_nodes": dense()["inbound_nodes"]}),
    )


def _as_functions(targets: Targets) -> Iterator[tuple[str, Any]]:
    path = str(targets.secret.parent / "saved_model")
    for name in (*_REFUSED, "StringLookup", "IntegerLookup", "TextVectorization", "Dense", "Layer"):
        for module in ("keras.layers", "keras.src.layers"):
            switch = node(
                "Switch", {}, ref(), [function(name, module)], path, module="keras.src.ops.core"
            )
            yield f"Switch with {name} of {module}", functional(switch)
    words = str(targets.secret)
    places = {
        "StringLookup": (None, 1, None, "[UNK]", words),
        "IntegerLookup": (None, 1, None, -1, str(targets.secret.with_suffix(".npy"))),
        "TextVectorization": (None, None, None, None, "int", None, False, words),
    }
    for name, values in places.items():
        called = [function(name)]
        switch = node("Switch", {}, ref(), called, *values, module="keras.src.ops.core")
        yield f"Switch with a path for {name}", functional(switch)
    for module, names in _LOADERS.items():
        for name in names:
            called = function(name, module)
            switch = node("Switch", {}, ref(), [called], path, module="keras.src.ops.core")
            yield f"Switch with {module}.{name}", functional(switch)
            yield f"activation {module}.{name}", functional(dense(activation=called))
    core = "keras.src.ops.core"
    open_it, word = function("load_model", "keras.models"), str(targets.written)
    for name in (
        "Map",
        "Scan",
        "AssociativeScan",
        "Cond",
        "WhileLoop",
        "ForiLoop",
        "VectorizedMap",
    ):
        yield (
            f"{name} with a function",
            functional(node(name, {}, open_it, ref(), word, module=core)),
        )
    yield "Cond of functions", functional(node("Cond", {}, True, open_it, open_it, module=core))
    for keyword in ("initializer", "call", "fn", "function"):
        layer = node("Dense", {"units": 2}, ref(), **{keyword: open_it})
        yield f"function as argument {keyword}", functional(layer)


def _as_values(targets: Targets) -> Iterator[tuple[str, Any]]:
    roles = ("activation", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "dtype")
    for role in roles:
        for name in ("Lambda", "TFSMLayer"):
            value = {
                "module": "keras.layers",
                "class_name": name,
                "config": {"filepath": "x"},
                "registered_name": None,
            }
            yield f"{name} as {role}", functional(dense(**{role: value}))
        for module in (targets.module, "os"):
            value = {
                "module": module,
                "class_name": "system",
                "config": {},
                "registered_name": None,
            }
            yield f"{module} as {role}", functional(dense(**{role: value}))
    for name in ("os>system", "os.system", f"{targets.module}>f", "builtins>eval"):
        yield f"registered {name}", functional({**dense(), "registered_name": name, "module": None})
    spec = {
        "class_name": "__typespec__",
        "spec_name": "TensorSpec",
        "module": targets.module,
        "config": [[1]],
    }
    yield "a type", functional(node("Dense", {"units": 2}, ref(), spec))


def _as_paths(targets: Targets) -> Iterator[tuple[str, Any]]:
    words = (
        str(targets.secret),
        str(targets.secret.with_suffix(".npy")),
        targets.url,
        "hf://a/b",
        "gs://a/b",
    )
    for number, path in enumerate(words):
        for name in ("StringLookup", "IntegerLookup", "TextVectorization"):
            yield f"{name} of {number}", functional(node(name, {"vocabulary": path}))
            yield (
                f"{name} weighted by {number}",
                functional(
                    node(name, {"vocabulary": ["a"], "idf_weights": path, "output_mode": "tf_idf"})
                ),
            )
        yield f"an argument {number}", functional(node("Dense", {"units": 2}, ref(), path))
        for name in ("Add", "Einsum", "Identity"):
            yield (
                f"{name} of {number}",
                functional(node(name, {}, path, ref(), module="keras.src.ops.numpy")),
            )
    space = {"features": {"a": {"dtype": "string"}}, "filepath": words[0]}
    yield "FeatureSpace", functional(node("FeatureSpace", space, module="keras.utils"))
