"""Contracts go to JSON and back."""

from __future__ import annotations

import json

import pytest

from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec
from mimo_portable.zoo import MODELS


@pytest.mark.parametrize("name", MODELS)
def test_a_contract_survives_a_trip_through_json(name):
    spec = MODELS[name].spec
    assert ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_free_dimensions_survive_too():
    spec = ModelSpec(
        "tagger",
        "Tags.",
        (TensorSpec("words", ("length",), dtype="int32"),),
        (OutputSpec("tags", ("length", 3), labels=("a", "b", "c"), scores=("accuracy", "mae")),),
    )
    assert ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_every_tensor_of_the_zoo_says_what_it_means():
    for model in MODELS.values():
        assert model.spec.description
        for tensor in (*model.spec.inputs, *model.spec.outputs):
            assert tensor.meaning, tensor.name
