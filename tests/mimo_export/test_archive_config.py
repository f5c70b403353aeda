from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from mimo_export.archive import load_keras
from mimo_export.archive_config import check_config
from mimo_export.errors import ModelFileError

WRITE_A_LAYER = (
    "put the computation into a layer class, register it with "
    "@keras.saving.register_keras_serializable(), and save the model again"
)
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
        WRITE_A_LAYER,
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
        WRITE_A_LAYER,
    )


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
        WRITE_A_LAYER,
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
