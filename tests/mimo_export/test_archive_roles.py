from __future__ import annotations

from typing import Any

import keras
import pytest

from mimo_export import archive_names as an
from mimo_export import archive_roles as roles


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("kernel_initializer", {an.INITIALIZER}),
        ("beta_regularizer", {an.REGULARIZER}),
        ("activity_regularizer", {an.REGULARIZER}),
        ("bias_constraint", {an.CONSTRAINT}),
        ("recurrent_activation", {an.ACTIVATION, an.LAYER, an.OPERATION}),
        ("dtype", {an.POLICY}),
        ("layer", {an.LAYER}),
        ("units", set()),
        ("standardize", set()),
    ],
)
def test_an_argument_takes_what_its_name_says(key: str, expected: set[str]) -> None:
    assert roles.roles_in(key) == expected


@pytest.mark.parametrize(
    ("name", "config", "problem"),
    [
        ("__numpy__", {"value": [1.0], "dtype": "float32"}, ""),
        (
            "__numpy__",
            {"value": 1.0, "dtype": "(40000,40000)f8"},
            "has the dtype '(40000,40000)f8'",
        ),
        ("__tensor__", {"value": [1.0], "dtype": ["f4"]}, "has the dtype ['f4']"),
        ("__numpy__", {"value": [1.0], "dtype": "object"}, "has the dtype 'object'"),
        ("__numpy__", None, "has no content"),
        ("__bytes__", {"value": "abc"}, ""),
        ("__bytes__", {"value": 3}, "has no text"),
        ("__ellipsis__", {}, ""),
        ("__keras_tensor__", {"shape": [None, 3], "dtype": "string"}, ""),
        (
            "__keras_tensor__",
            {"shape": ["x"], "dtype": "float32"},
            "has the shape ['x'] and the dtype 'float32'",
        ),
    ],
)
def test_a_value_is_numbers_of_a_dtype_that_keras_has(name: str, config: Any, problem: str) -> None:
    assert roles.value_problem(name, config) == problem


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a b c -> a (b c)", True),
        ("b h ... -> b", True),
        ("/etc/passwd", False),
        ("x/y -> z", False),
    ],
)
def test_a_pattern_is_told_from_a_path(text: str, *, is_one: bool) -> None:
    assert roles.is_pattern(text) is is_one


def test_what_is_registered_is_found_as_keras_finds_it() -> None:
    def own() -> None:
        pass

    with keras.saving.CustomObjectScope({"mine>Own": own}):
        by_alias = {"class_name": "Dense", "module": "keras.layers", "registered_name": "mine>Own"}
        assert roles.registered_class(by_alias) is own
        # Keras does not look at the class's name where there is a registered name, even null.
        assert roles.registered_class({**by_alias, "registered_name": None}) is None
        by_name = {"class_name": "mine>Own", "module": "keras.layers", "registered_name": None}
        assert roles.registered_class(by_name) is None
        assert roles.registered_class({"class_name": "mine>Own"}) is own
        assert roles.registered_function({"class_name": "function", "config": "mine>Own"}) is own
    assert roles.registered_class(by_alias) is None


def test_a_function_of_keras_3_6_is_found_without_its_package() -> None:
    @keras.saving.register_keras_serializable("mine", name="older")
    def older() -> None:
        pass

    try:
        node = {"class_name": "function", "config": "older", "module": "builtins"}
        assert roles.registered_function(node) is older
        assert roles.registered_function({**node, "module": "keras.activations"}) is None
    finally:
        del keras.saving.get_custom_objects()["mine>older"]
