"""Models and configurations by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mimo_portable import zoo
from mimo_portable.errors import ConfigError


def test_the_models_stand_under_the_names_of_their_contracts():
    assert list(zoo.MODELS) == ["sentiment", "forecast", "medical"]
    assert all(model.spec.name == name for name, model in zoo.MODELS.items())


@pytest.mark.parametrize("name", zoo.MODELS)
def test_every_configuration_has_a_recipe(name):
    model = zoo.find(name)
    assert list(model.configurations) == list(model.recipes) == ["reference", "strong"]


def test_the_reference_is_the_default_of_the_configuration():
    for model in zoo.MODELS.values():
        reference = model.configuration("reference")
        assert reference == type(reference)()


def test_an_unknown_model_is_answered_with_the_list():
    with pytest.raises(ConfigError) as error:
        zoo.find("weather")
    assert str(error.value) == (
        "there is no model 'weather'\n"
        "  where:  the zoo\n"
        "  remedy: choose one of: sentiment, forecast, medical"
    )


def test_an_unknown_configuration_is_answered_with_the_list():
    with pytest.raises(ConfigError) as error:
        zoo.find("medical").configuration("huge")
    assert str(error.value) == (
        "model 'medical' has no configuration 'huge'\n"
        "  where:  --configuration\n"
        "  remedy: choose one of: reference, strong"
    )


def test_contracts_are_read_without_keras():
    code = "import sys, mimo_portable.zoo; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
