"""The models of the speed benchmark: that they are what their rows say."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def models(load_script):
    return load_script("speed_models")


def test_there_are_nine_models(models):
    assert [model.name for model in models.MODELS] == [
        *("forecast", "medical", "sentiment", "transformer", "tagger"),
        *("MobileNetV2", "ResNet50", "EfficientNetB0", "ConvNeXtTiny"),
    ]
    assert [model.batches for model in models.MODELS] == [*[(1, 32, 256)] * 5, *[(1, 32)] * 4]


@pytest.mark.parametrize(
    ("name", "shape"),
    [("forecast", (None, 1)), ("transformer", (None, 10)), ("tagger", (None, 60, 12))],
)
def test_a_model_has_its_outputs(models, name, shape):
    model = models.find(name).build()
    assert model.outputs[0].shape == shape


def test_the_tagger_skips_padding(models):
    assert models.find("tagger").build().get_layer("embedding").mask_zero


def test_a_chain_has_so_many_layers(models):
    assert len(models.chain(5).layers) == 6
