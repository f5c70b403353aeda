from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.archive import load_keras
from mimo_export.archive_config import check_config
from mimo_export.errors import ModelFileError

WRITE_A_LAYER = (
    "put the computation into a layer class, register it with "
    "@keras.saving.register_keras_serializable(), and save the model again"
)
OR_TRUST = (
    "; or, if you trust whoever made the file with everything that you may do on this computer, "
    "let its code run: unsafe_lambda=True, on the command line --unsafe-lambda"
)
NOT_BY_KERAS = "Keras itself saves no such file: ask whoever made it how it was made"
REGISTER = (
    "import the module that registers it, with @keras.saving.register_keras_serializable(), "
    "before loading; on the command line: --import MODULE"
)
PATH = Path("model.keras")


def refused(config: Any) -> str:
    with pytest.raises(ModelFileError) as caught:
        check_config({"class_name": "Sequential", "module": "keras", "config": config}, PATH)
    return str(caught.value)


def layer(class_name: str, module: str | None = "keras.layers", **config: Any) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": "suspect", **config},
        "registered_name": None,
    }


def block(what: str, where: str, remedy: str) -> str:
    return f"{what}\n  where:  {where}\n  remedy: {remedy}"


@pytest.mark.parametrize(
    ("class_name", "why"),
    [
        ("Lambda", "carries Python code inside the file"),
        ("TorchModuleWrapper", "carries a pickle inside the file, which may run any code"),
        ("JaxLayer", "wraps functions of another framework that the file cannot hold"),
        ("FlaxLayer", "wraps functions of another framework that the file cannot hold"),
        ("TFSMLayer", "loads another model from a path that the file names"),
    ],
)
def test_layers_that_carry_code_or_open_files_are_refused(class_name: str, why: str) -> None:
    assert refused({"layers": [layer(class_name)]}) == block(
        f"the model holds a {class_name}, which {why}",
        f"'suspect' ({class_name}) of model.keras",
        WRITE_A_LAYER + (OR_TRUST if class_name == "Lambda" else ""),
    )


def test_a_real_file_with_a_lambda_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lambda.keras"
    inputs = keras.Input((3,), name="x")
    keras.Model(inputs, layers.Lambda(lambda x: x * 2, name="double")(inputs)).save(path)
    with pytest.raises(ModelFileError) as caught:
        load_keras(path)
    assert str(caught.value) == block(
        "the model holds a Lambda, which carries Python code inside the file",
        f"'double' (Lambda) of {path}",
        WRITE_A_LAYER + OR_TRUST,
    )


def test_the_code_of_a_lambda_runs_only_for_those_who_ask(tmp_path: Path) -> None:
    path, canary = tmp_path / "lambda.keras", tmp_path / "canary"

    code = f"lambda x: (__import__('pathlib').Path({str(canary)!r}).touch(), x * 2)[1]"
    attack = eval(code)  # noqa: S307 - the very text that a file may hold
    inputs = keras.Input((3,), name="x")
    keras.Model(inputs, layers.Lambda(attack, (3,), name="double")(inputs)).save(path)
    canary.unlink(missing_ok=True)
    with pytest.raises(ModelFileError, match="holds a Lambda"):
        load_keras(path)
    assert not canary.exists()
    loaded = load_keras(path, unsafe_lambda=True)
    assert loaded(np.ones((1, 3), "float32"))[0, 0] == 2
    assert canary.exists()


@pytest.mark.parametrize("name", ["LayerScale", "StochasticDepth"])
def test_layers_of_keras_s_own_models_are_allowed(name: str) -> None:
    config = {"layers": [layer(name, "keras.src.applications.convnext")]}
    check_config({"class_name": "Sequential", "module": "keras", "config": config}, PATH)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("ConvNeXtTiny", "keras.src.applications.convnext"),  # a function, which can fetch weights
        ("LayerScale", "keras.src.applications.nowhere"),
        ("LayerScale", "keras.src.applications.convnext.layers"),
    ],
)
def test_nothing_else_of_their_modules_is(name: str, module: str) -> None:
    what = (
        f"the class or function '{module}.{name}' is neither part of Keras's layers nor registered"
    )
    where = f"'suspect' ({name}) of model.keras"
    assert refused({"layers": [layer(name, module)]}) == block(what, where, REGISTER)


def test_code_in_the_place_of_an_activation_is_refused() -> None:
    code = {"class_name": "__lambda__", "config": {"value": ["4wEAAA==", None, None]}}
    assert refused({"layers": [layer("Dense", activation=code)]}) == block(
        "the model holds a __lambda__, which carries Python code inside the file",
        "'suspect' (Dense) of model.keras",
        WRITE_A_LAYER + OR_TRUST,
    )


@pytest.mark.parametrize(
    "node",
    [
        {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
        {"module": "keras.utils", "class_name": "function", "config": "get_file"},
        {"module": "keras.saving", "class_name": "function", "config": "load_model"},
        {"module": "builtins", "class_name": "function", "config": "eval"},
    ],
)
def test_functions_that_are_no_building_blocks_are_refused(node: dict[str, Any]) -> None:
    shown = node.get("registered_name") or f"{node['module']}.{node['config']}"
    assert refused({"layers": [layer("Dense", activation=node)]}) == block(
        f"the class or function '{shown}' is neither part of Keras's layers nor registered",
        "'suspect' (Dense) of model.keras",
        REGISTER,
    )


@pytest.mark.parametrize(
    ("module", "class_name"),
    [
        ("subprocess", "Popen"),
        ("keras.callbacks", "BackupAndRestore"),
        ("keras.saving", "KerasFileEditor"),
        ("keras.src.saving.file_editor", "KerasFileEditor"),
        ("keras.layersx", "Dense"),
        (None, "Popen"),
    ],
)
def test_classes_outside_of_the_building_blocks_are_refused(
    module: str | None, class_name: str
) -> None:
    shown = f"{module}.{class_name}" if module else class_name
    assert refused({"layers": [layer(class_name, module)]}) == block(
        f"the class or function '{shown}' is neither part of Keras's layers nor registered",
        f"'suspect' ({class_name}) of model.keras",
        REGISTER,
    )


@pytest.mark.parametrize("class_name", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_a_path_in_the_place_of_a_vocabulary_is_refused(class_name: str) -> None:
    assert refused({"layers": [layer(class_name, vocabulary="/etc/passwd")]}) == block(
        "the configuration asks Keras to read the file '/etc/passwd' ('vocabulary')",
        f"'suspect' ({class_name}) of model.keras",
        "give the layer its words as a list, and save the model again",
    )


def test_a_list_in_the_place_of_a_vocabulary_is_fine() -> None:
    check_config(layer("StringLookup", vocabulary=["a", "b"]), PATH)


def test_a_class_that_is_no_text_is_refused() -> None:
    assert refused({"layers": [{"class_name": ["Lambda"], "config": {}}]}) == block(
        "an object of the configuration has no proper class: ['Lambda']",
        "the model of model.keras",
        "save the model again with Keras 3",
    )


def test_a_class_is_refused_until_it_is_registered(tmp_path: Path) -> None:
    with keras.saving.CustomObjectScope({}):

        @keras.saving.register_keras_serializable(package="mine", name="Doubled")
        class Doubled(layers.Layer):
            def call(self, x: Any) -> Any:
                return x * 2

        path = tmp_path / "custom.keras"
        inputs = keras.Input((3,), name="x")
        keras.Model(inputs, Doubled(name="doubled")(inputs)).save(path)
        load_keras(path)
        del keras.saving.get_custom_objects()["mine>Doubled"]
    with pytest.raises(ModelFileError) as caught:
        load_keras(path)
    assert str(caught.value) == block(
        "the class or function 'mine>Doubled' is neither part of Keras's layers nor registered",
        f"'doubled' (Doubled) of {path}",
        REGISTER,
    )


def _every_kind_of_block() -> keras.Model:
    inputs = keras.Input((8, 4), name="x")
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="lstm")(inputs)
    x = layers.TimeDistributed(layers.Dense(4, activation=keras.activations.gelu), name="td")(x)
    x = layers.Dense(4, activation="relu", kernel_regularizer="l2", dtype="mixed_float16")(x)
    x = layers.MultiHeadAttention(2, 2, kernel_constraint="max_norm", name="attention")(x, x)
    x = keras.ops.reshape(x, (-1, 32)) * 2.0
    inner = keras.Sequential([keras.Input((32,)), layers.Dropout(0.5, seed=1)], name="inner")
    return keras.Model(inputs, inner(x), name="many")


def test_what_keras_itself_saves_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "many.keras"
    _every_kind_of_block().save(path)
    load_keras(path)


def test_the_older_form_without_modules_is_allowed(keras_file: Path) -> None:
    with zipfile.ZipFile(keras_file) as archive:
        config = json.loads(archive.read("config.json"))
    older = copy.deepcopy(config)
    for item in older["config"]["layers"]:
        del item["module"], item["registered_name"]
    check_config(older, PATH)


INPUT = {
    "class_name": "__keras_tensor__",
    "config": {"shape": [None, 3], "dtype": "float32", "keras_history": ["x", 0, 0]},
}


def function(name: str, module: str = "keras.layers", alias: str | None = None) -> dict[str, Any]:
    return {
        "class_name": "function",
        "config": name,
        "module": module,
        "registered_name": alias or name,
    }


def called(class_name: str, *args: Any, module: str = "keras.src.ops.core", **kwargs: Any) -> Any:
    node = layer(class_name, module)
    return {
        "layers": [{**node, "name": "d", "inbound_nodes": [{"args": [*args], "kwargs": kwargs}]}]
    }


def test_a_class_is_no_function_for_an_operation_that_calls_one() -> None:
    attack = called("Switch", INPUT, [function("TFSMLayer")], "/any/savedmodel")
    assert refused(json.loads(json.dumps(attack))) == block(
        "it is called with the text '/any/savedmodel'",
        "'suspect' (Switch) of model.keras",
        NOT_BY_KERAS,
    )


@pytest.mark.parametrize(
    "callee",
    [
        function("TFSMLayer"),
        function("Lambda"),
        function("StringLookup"),
        function("load_model", "keras.models"),
        function("load_model", "keras.saving"),
        function("get_file", "keras.utils"),
        function("deserialize", "keras.layers"),
        function("get", "keras.initializers"),
        function("src.saving.load_model", "keras"),
        function("models.load_model", "keras"),
        function("eval", "builtins"),
        function("print", "builtins"),
        function("KerasFileEditor", "keras.saving"),
        function("Dense", "builtins"),
        function("clone_model", "keras.models"),
        function("model_from_json", "keras.models"),
        function("savez", "numpy"),
    ],
    ids=lambda node: f"{node['module']}.{node['config']}",
)
def test_nothing_that_keras_resolves_as_a_function_can_be_called(callee: dict[str, Any]) -> None:
    for class_name in ("AssociativeScan", "Cond", "Map", "Scan", "Switch", "VectorizedMap"):
        message = refused(called(class_name, [callee], [INPUT]))
        assert "neither part of Keras's layers nor registered" in message


@pytest.mark.parametrize(
    "argument",
    [
        "/etc/passwd",
        ["/etc/passwd"],
        {"path": "/etc/passwd"},
        function("relu", "keras.activations"),
        layer("Dense"),
        layer("StringLookup", vocabulary=["a"]),
        layer("GlorotUniform", "keras.initializers"),
        {"class_name": "__slice__", "config": {"start": "/etc/passwd", "stop": None, "step": None}},
    ],
)
def test_an_operation_is_called_with_numbers_and_tensors_alone(argument: Any) -> None:
    for class_name, module in (
        ("Add", "keras.src.ops.numpy"),
        ("Switch", "keras.src.ops.core"),
        ("Rearrange", "keras.src.ops.einops"),
        ("TextVectorization", "keras.layers"),
    ):
        for config in (
            called(class_name, INPUT, argument, module=module),
            called(class_name, INPUT, module=module, extra=argument),
        ):
            assert refused(config).startswith("it is called with ")


def test_the_older_form_of_a_call_has_the_same_rule() -> None:
    older = {**layer("Dense"), "inbound_nodes": [[["x", 0, 0, {"mask": "/etc/passwd"}]]]}
    assert refused({"layers": [older]}).startswith("it is called with the text '/etc/passwd'")


def test_the_pattern_of_a_rearrangement_is_fine() -> None:
    config = called("Rearrange", INPUT, "b h -> h b", module="keras.src.ops.einops")
    check_config({"class_name": "Functional", "config": config}, PATH)


@pytest.mark.parametrize(
    ("place", "node"),
    [
        ("kernel_initializer", layer("Dense")),
        ("kernel_initializer", layer("TFSMLayer")),
        ("kernel_initializer", function("relu", "keras.activations")),
        ("activation", layer("GlorotUniform", "keras.initializers")),
        ("activation", function("mean_squared_error", "keras.losses")),
        ("activation", layer("Switch", "keras.src.ops.core")),
        ("dtype", layer("Dense")),
        ("units", layer("Dense")),
        ("units", function("relu", "keras.activations")),
        ("build_config", layer("Dense")),
        ("vocabulary", layer("Dense")),
    ],
)
def test_a_class_stands_in_a_place_for_its_role(place: str, node: dict[str, Any]) -> None:
    what = node["config"] if node["class_name"] == "function" else node["class_name"]
    message = refused({"layers": [layer("Dense", **{place: node})]})
    assert "stands in the place of " in message or "the model holds a TFSMLayer" in message
    assert what in message


def test_a_model_is_no_activation_of_the_whole_file() -> None:
    with pytest.raises(ModelFileError, match="'Adam' stands in the place of layer"):
        check_config(layer("Adam", "keras.optimizers"), PATH)


def test_one_number_is_not_shared_by_objects_of_two_classes() -> None:
    first = {**layer("Dense"), "shared_object_id": 1}
    second = {**layer("GlorotUniform", "keras.initializers"), "shared_object_id": 1}
    config = {"layers": [first, layer("Dense", kernel_initializer=second)]}
    assert refused(config).startswith("objects of two classes share the number 1\n")


def test_a_compiled_model_inside_may_name_losses_and_nothing_else() -> None:
    loss = layer("MeanSquaredError", "keras.losses")
    optimizer = layer("Adam", "keras.optimizers")
    inner = {
        **layer("Sequential", "keras"),
        "compile_config": {"loss": loss, "optimizer": optimizer},
    }
    check_config({"class_name": "Sequential", "config": {"layers": [inner]}}, PATH)
    inner["compile_config"]["loss"] = layer("Dense")
    assert refused({"layers": [inner]}).startswith("'Dense' stands in the place of ")
    inner["compile_config"]["loss"] = layer("MeanMetricWrapper", "keras.metrics")
    assert refused({"layers": [inner]}).startswith("the model holds a MeanMetricWrapper, which ")


@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "Dense", "module": ["keras.layers"], "config": {}},
        {"class_name": "Dense", "module": "keras.layers", "registered_name": ["x"], "config": {}},
        {"class_name": None, "config": {}},
        {"class_name": 3, "config": {}},
    ],
)
def test_a_class_is_named_by_texts(node: dict[str, Any]) -> None:
    assert refused({"layers": [node]}).startswith("an object of the configuration has no proper")


@pytest.mark.parametrize("config", [None, [], "Dense", 3])
def test_a_class_without_a_configuration_is_refused(config: Any) -> None:
    node = {"class_name": "Dense", "module": "keras.layers", "config": config}
    assert refused({"layers": [node]}).startswith("'Dense' has no configuration\n")


def test_what_a_person_has_registered_may_be_called_and_takes_what_it_likes() -> None:
    def twice(x: Any) -> Any:
        return x * 2

    class Own(layers.Layer):
        pass

    mapped = called("Map", function("mine>twice", "builtins", "function"), INPUT)
    own = layer(
        "Own", "elsewhere", mode="fast", inner=layer("Dense"), of=function("relu", "builtins")
    )
    own["registered_name"] = "mine>Own"
    own["inbound_nodes"] = [{"args": [INPUT, "fast"], "kwargs": {}}]
    mapped["layers"].append(own)
    whole = {"class_name": "Functional", "config": mapped}
    with pytest.raises(ModelFileError, match="neither part of Keras's layers nor registered"):
        check_config(whole, PATH)
    with keras.saving.CustomObjectScope({"mine>twice": twice, "mine>Own": Own}):
        check_config(whole, PATH)
        own["config"]["inner"] = layer("TFSMLayer")
        with pytest.raises(ModelFileError, match="the model holds a TFSMLayer"):
            check_config(whole, PATH)
    # A registered class is no function either.
    with keras.saving.CustomObjectScope({"mine>twice": Own}):
        assert "neither part" in refused(mapped)


def test_a_lambda_is_let_through_for_those_who_ask_and_nothing_else_is() -> None:
    code = {"class_name": "__lambda__", "config": {"value": ["4wEAAA==", None, None]}}
    config = {"layers": [layer("Lambda", function=code, output_shape=code)]}
    whole = {"class_name": "Sequential", "config": config}
    check_config(whole, PATH, unsafe_lambda=True)
    config["layers"].append(layer("TFSMLayer"))
    with pytest.raises(ModelFileError, match="the model holds a TFSMLayer"):
        check_config(whole, PATH, unsafe_lambda=True)
    as_argument = {"class_name": "Functional", "config": called("Map", code, INPUT)}
    with pytest.raises(ModelFileError, match="the model holds a __lambda__"):
        check_config(as_argument, PATH, unsafe_lambda=True)


def test_layers_that_only_files_name_are_allowed() -> None:
    node = layer("ThresholdedReLU", "keras._legacy.layers", theta=1.0)
    check_config({"class_name": "Sequential", "config": {"layers": [node]}}, PATH)
