from __future__ import annotations

import inspect
import json

import archive_names_survey as survey
import keras
import pytest

from mimo_export import archive_names as an


def test_the_list_is_what_keras_s_api_gives() -> None:
    names = an.allowed_names()
    if keras.version() != names.keras:
        pytest.skip(f"the list was reviewed for Keras {names.keras}")
    # `nox -s archive-names` writes it anew: read each new name, what it calls and what it opens.
    assert survey.text() == survey.TABLE.read_text(encoding="utf-8")


def test_whatever_is_in_the_list_and_in_this_keras_has_its_role_here_too() -> None:
    names = an.allowed_names()
    for home, name, value in survey.named():
        if isinstance(value, type):
            roles = names.class_roles(name, home)
            assert roles <= {survey.role_of(value)}, f"{home}.{name}"
        else:
            assert not names.class_roles(name, home), f"{home}.{name}"
        if names.function_roles(name, home):
            assert inspect.isfunction(value), f"{home}.{name}"


def test_no_name_is_both_a_class_and_a_function() -> None:
    names = an.allowed_names()
    classes = {n for homes in names.classes.values() for found in homes.values() for n in found}
    functions = {n for homes in names.functions.values() for found in homes.values() for n in found}
    assert classes & functions == set()


@pytest.mark.parametrize("name", sorted({*an.LEFT_OUT, *an.FACTORIES}))
def test_what_is_left_out_is_in_no_role(name: str) -> None:
    names = an.allowed_names()
    assert names.class_roles(name, None) == names.function_roles(name, None) == frozenset()


def test_a_lambda_and_what_calls_a_function_have_roles_of_their_own() -> None:
    names = an.allowed_names()
    assert names.class_roles("Lambda", "keras.layers") == {an.LAMBDA}
    for name in an.CALLING:
        assert names.class_roles(name, "keras.src.ops.core") == {an.CONTROL}


def test_every_operation_that_takes_a_function_is_known() -> None:
    taking = set()
    for home, name, value in survey.named():
        if home.startswith("keras.src.ops.") and an.allowed_names().class_roles(name, home):
            arguments = {
                *inspect.signature(value.__init__).parameters,
                *inspect.signature(value.call).parameters,
            }
            if arguments & {
                "f",
                "fun",
                "fn",
                "function",
                "body",
                "body_fun",
                "cond",
                "branches",
            } or (arguments & {"true_fn", "callable", "func"}):
                taking.add(name)
    assert taking == an.CALLING


def test_arguments_that_name_a_file_are_those_that_are_looked_at() -> None:
    suspects = ("file", "path", "dir", "url", "uri", "vocabulary", "weights", "module")
    found = set()
    for home, name, value in survey.named():
        if isinstance(value, type) and an.LAYER in an.allowed_names().class_roles(name, home):
            found |= {
                parameter
                for parameter in inspect.signature(value.__init__).parameters
                if any(word in parameter for word in suspects)
            }
    # Those of the second line are numbers and truths.
    assert found <= {
        *("vocabulary", "idf_weights"),
        *("drop_path_rate", "tie_weights", "vocabulary_dtype", "vocabulary_size", "weights"),
    }


def test_the_list_is_written_as_it_is_read() -> None:
    document = json.loads(survey.TABLE.read_text(encoding="utf-8"))
    assert an.allowed_names().to_dict() == document
